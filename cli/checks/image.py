"""What mends things in the image of `deploy/Dockerfile`, where nothing is installed, nor taken by sudo."""

import os
import shlex
import sys
from pathlib import Path
from typing import Final

REMADE: Final = "docker compose build --no-cache && docker compose up -d"


def inside() -> bool:
    """Tell whether we run in that image: the file it is made by lies in our prefix there."""
    return (Path(sys.prefix) / "Dockerfile").exists()


def upgraded(package: str) -> str:
    """Give the command that makes the image anew with the newest release of a package."""
    return f"docker compose build --no-cache --build-arg UPGRADE={package} && docker compose up -d"


def owned(folder: Path) -> str:
    """Give the command that makes a mounted folder ours, whatever it is on the host."""
    as_root = "docker compose run --rm --user 0 --cap-add CHOWN --entrypoint chown ytarchive"
    return f"{as_root} {os.getuid()}:{os.getgid()} {shlex.quote(str(folder))}"
