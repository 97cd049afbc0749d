"""``config init``: a configuration file with every setting, what it means, and its default."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli.output import console, write_json
from schemas.settings_reports import InitReport
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.reference import Setting, described
from ytarchive.runtime.private_file import write_private
from ytarchive.settings import Settings
from ytarchive.sources import config_file

_HEAD: Final = """\
# The settings of ytarchive. A line such as `#node = "attic"` says what holds without it, or is an example:
# remove the # and change what is behind it.
#
# Stronger than this file are .env in the current folder, environment variables (YTARCHIVE_NODE) and options.
# `ytarchive config check` tells what is wrong here, `ytarchive config show` what is in force, and from where.
"""

_PROFILES: Final = """\
# Profiles: names for how videos are kept (`--profile tv`). `ytarchive config profiles` compares them.
#[profiles.tv]
#quality = "1080"
#container = "mp4"
#video_codec = "h264"
#audio_codec = "aac"
"""


def init(file: Path | None, *, force: bool, only_print: bool, as_json: bool) -> int:
    """Write the file, which only its owner may read. Raises `UsageError` where there is one already."""
    path = file or config_file()
    if only_print:
        report = InitReport(text=text())
    else:
        _write(path, force=force)
        report = InitReport(file=str(path.absolute()))
    if as_json:
        write_json(report)
    elif report.text is not None:
        sys.stdout.write(report.text)
    else:
        console().print(f"✓ {report.file}", soft_wrap=True)
        console(stderr=True).print("All of it is commented out, and so changes nothing yet.")
    return 0


def _write(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise UsageError(
            f"{path} is there already", hint="--force writes it anew; --print only shows what would be in it."
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, text().encode())
    except OSError as error:
        raise YtarchiveError(f"{path} cannot be written: {error.strerror}") from error


def text() -> str:
    """Give the whole file."""
    return "\n".join([_HEAD, *("\n".join(_lines(one)) + "\n" for one in described()), _PROFILES])


def _lines(setting: Setting) -> Iterator[str]:
    yield f"# {setting.name}: {setting.meaning}"
    yield f"# default: {setting.default}" + (f"; allowed: {setting.allowed}" if setting.allowed else "")
    value = setting.example or getattr(Settings(), setting.name)
    yield f"#{setting.name} = {value if isinstance(value, int | float) else _quoted(str(value))}"


def _quoted(text: str) -> str:
    """Write a text as TOML has it: as JSON, but for what is no ASCII, and for bytes that are no text."""
    said = text.encode("utf-8", "replace").decode()
    return json.dumps(said, ensure_ascii=False).replace("\x7f", r"\u007F")
