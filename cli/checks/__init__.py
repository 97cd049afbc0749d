"""What `diagnostics doctor` looks at: `ytdlp`, other `tools`, the `site`, `files` we keep, `clock`, `server`.

Each check is a function that gives findings, most often one, and raises nothing.
"""
