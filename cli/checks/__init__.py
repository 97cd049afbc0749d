"""What `diagnostics doctor` looks at: `ytdlp` and other `tools`, the `site`, `files` we keep, the `server`.

Each check is a function that gives findings, most often one, and raises nothing.
"""
