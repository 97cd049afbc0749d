"""``python -m tests.upgrade.make v0.1.0``: what that version leaves behind, made by its own programs.

The version is checked out beside this one, with the environment of its own lock.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HERE: Final = Path(__file__).parent
CHECKOUT: Final = HERE.parents[1]
_LEFT_OUT: Final = {"run", "lock", "server.json", "nats-server.conf", "port", "logs"}
"""What is of a run, not of the archive; it is made anew, and says where it was."""


def make(version: str) -> Path:
    """Run the story with the programs of `version`, and pack what it left. Gives the archive."""
    with tempfile.TemporaryDirectory(prefix="yta-") as folder:
        source, home = Path(folder) / "source", Path(folder) / "home"
        subprocess.run(["git", "-C", CHECKOUT, "worktree", "add", "--detach", source, version], check=True)
        try:
            environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
            subprocess.run(
                ["uv", "sync", "--locked", "--extra", "dev", "-q"], cwd=source, env=environment, check=True
            )
            subprocess.run(
                ["uv", "run", "--no-sync", "python", HERE / "story.py", home],
                cwd=source,
                env=environment | {"PYTHONPATH": str(source)},
                check=True,
            )
        finally:
            subprocess.run(["git", "-C", CHECKOUT, "worktree", "remove", "--force", source], check=True)
        return _packed(home, HERE / f"{version}.tar.zst")


def _packed(home: Path, archive: Path) -> Path:
    kept = home.parent / "kept"
    shutil.copytree(home / "library", kept / "library")
    shutil.copytree(home / "state", kept / "state", ignore=lambda _, names: _LEFT_OUT & set(names))
    for name in ("told.json", "251.webm"):
        shutil.copy(home / name, kept)
    for path in kept.rglob("*"):
        if path.is_file() and str(home).encode() in path.read_bytes():
            raise SystemExit(f"{path.relative_to(kept)} names a path of this machine")
    with zstd.open(archive, "wb", level=19) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        tar.add(kept, arcname=".", filter=_anonymous)
    return archive


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    made = make(sys.argv[1])
    sys.stdout.write(f"{made.name}: {made.stat().st_size} bytes\n")
