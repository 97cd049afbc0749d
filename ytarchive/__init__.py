"""What actors and the CLI are made of: the pure domain, recovery, the library of files, the runtime.

Imports point downwards: `runtime` and `ytdlp` may use `library`, `recovery` and `domain`; the domain uses
nothing but `schemas` and the standard library. Nothing happens at import.
"""
