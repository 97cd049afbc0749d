"""Whether yt-dlp is new enough for today's YouTube, and what keeps it from being newer."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.checks import image
from schemas.diagnostics_reports import Finding, Grade

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NAME: Final = "yt-dlp"
_EXTRAS: Final = ("default", "deno")
_PARTS: Final = ("yt-dlp-ejs", "deno")
"""What the extras bring that follows YouTube as yt-dlp does."""
_OLD_DAYS: Final = 45
_TOO_OLD_DAYS: Final = 90
_ONLINE_SECONDS: Final = 60


def ytdlp(today: date, *, online: bool = False) -> Iterator[Finding]:
    """Look at yt-dlp's age, at what its extras want, and at who forbids a newer one.

    `online` asks the package index, by pip or uv, what could be installed.
    """
    try:
        found = metadata.distribution(_NAME)
    except metadata.PackageNotFoundError:
        yield Finding(check=_NAME, grade=Grade.FAILED, text="yt-dlp is not installed", command=upgrade())
        return
    yield _age(found.version, today)
    unmet = list(_unmet(found))
    yield from unmet
    held = list(_forbidden(found.version))
    yield from held
    if not unmet and not held:
        parts = [one.name for one in _wanted(found) if one.name in _PARTS]
        wants = ", ".join(f"{name} {metadata.version(name)}" for name in parts)
        yield Finding(check="yt-dlp's extras", grade=Grade.OK, text=f"all there: {wants}")
    if online:
        yield from _newest(found.version)


def _age(version: str, today: date) -> Finding:
    released = re.match(r"(\d{4})\.(\d{1,2})\.(\d{1,2})", version)
    try:
        days = (today - date(*map(int, released.groups()))).days if released else None
    except ValueError:
        days = None
    if days is None:
        return Finding(check=_NAME, grade=Grade.WARNING, text=f"{version}, of which no age can be told")
    grade = Grade.FAILED if days > _TOO_OLD_DAYS else Grade.WARNING if days > _OLD_DAYS else Grade.OK
    told = "YouTube changes faster than that" if grade is not Grade.OK else ""
    text = ", ".join(filter(None, [f"{version}, {max(days, 0)} days old", told]))
    return Finding(check=_NAME, grade=grade, text=text, command=upgrade() if told else "")


def _wanted(found: metadata.Distribution) -> Iterator["Requirement"]:
    """Give what the extras we install it with want on this machine."""
    from packaging.requirements import Requirement

    for line in found.requires or ():
        one = Requirement(line)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in _EXTRAS):
            yield one


def _unmet(found: metadata.Distribution) -> Iterator[Finding]:
    """Tell what is missing of the extras, or is of a version that they do not want."""
    for one in _wanted(found):
        try:
            there = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            there = ""
        if not one.specifier.contains(there, prereleases=True) if there else True:
            text = f"it wants {one.name}{one.specifier}, and {there or 'none'} is installed"
            yield Finding(check="yt-dlp's extras", grade=Grade.FAILED, text=text, command=upgrade())


def _forbidden(version: str) -> Iterator[Finding]:
    """Tell which packages allow no newer yt-dlp, or no newer part of it than is installed."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    for other in metadata.distributions():
        name = other.metadata["Name"] or ""
        for line in other.requires or ():
            try:
                one = Requirement(line)
            except InvalidRequirement:
                continue
            wanted = canonicalize_name(one.name)
            if wanted != _NAME and not (wanted in _PARTS and canonicalize_name(name) != _NAME):
                continue
            if one.marker is not None and not one.marker.evaluate({"extra": ""}):
                continue
            if any(limit.operator in ("==", "<", "<=", "~=", "===") for limit in one.specifier):
                text = f"{name} holds {version} back: it wants {one.name}{one.specifier}"
                command = _by("uninstall", name)
                yield Finding(check=_NAME, grade=Grade.WARNING, text=text, command=command)


def _newest(version: str) -> Iterator[Finding]:
    """Ask which yt-dlp could be installed, without its extras and with each."""
    bare = _resolved(_NAME)
    if not bare:
        text = "the package index could not be asked; is there a network, and pip or uv?"
        yield Finding(check="newest yt-dlp", grade=Grade.SKIPPED, text=text)
        return
    held = {extra: found for extra in _EXTRAS if (found := _resolved(f"{_NAME}[{extra}]")) and found != bare}
    if held:
        extras = " and ".join(f"{extra} (no further than {found})" for extra, found in held.items())
        text = f"{bare} is there, and held back by its extras: {extras}"
        command = _by("install", f"-U {_NAME}")
        yield Finding(check="newest yt-dlp", grade=Grade.WARNING, text=text, command=command)
    elif _numbers(bare) > _numbers(version):
        text = f"{bare} can be installed"
        yield Finding(check="newest yt-dlp", grade=Grade.WARNING, text=text, command=upgrade())
    else:
        yield Finding(check="newest yt-dlp", grade=Grade.OK, text=f"{version} is the newest there is")


def _resolved(requirement: str) -> str:
    """Give the version that an installer would choose; empty where that cannot be found out."""
    uv = shutil.which("uv")
    if uv:
        command = [
            uv,
            "pip",
            "compile",
            "--quiet",
            "--no-header",
            "--no-annotate",
            "--python",
            sys.executable,
            "-",
        ]
    else:
        options = ("--dry-run", "--ignore-installed", "--quiet", "--no-input", "--report", "-")
        command = [sys.executable, "-m", "pip", "install", *options, requirement]
    try:
        done = subprocess.run(
            command, input=requirement, capture_output=True, text=True, timeout=_ONLINE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(
        rf'^{_NAME}(?:\[[^]]*])?==(\S+)|"name": "{_NAME}", "version": "([^"]+)"', done.stdout, re.MULTILINE
    )
    return next(filter(None, found.groups()), "") if found else ""


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def upgrade() -> str:
    """Give the command that brings the newest yt-dlp, in the way we were installed."""
    if image.inside():
        return image.upgraded(_NAME)
    if (Path(sys.prefix) / "uv-receipt.toml").exists():
        return "uv tool upgrade ytarchive"
    checkout = Path(__file__).parents[2]
    if (checkout / "uv.lock").exists():
        return f"cd {shlex.quote(str(checkout))} && uv sync --inexact --upgrade-package {_NAME}"
    return _by("install", f'-U "{_NAME}[{",".join(_EXTRAS)}]"')


def reinstall(name: str) -> str:
    """Give the command that brings a package back whose files are gone, and leaves all others as they are."""
    if image.inside():
        return image.REMADE
    if (Path(sys.prefix) / "uv-receipt.toml").exists():
        return f"uv tool upgrade ytarchive --reinstall-package {name}"
    checkout = Path(__file__).parents[2]
    if (checkout / "uv.lock").exists():
        return f"cd {shlex.quote(str(checkout))} && uv sync --inexact --reinstall-package {name}"
    return _by("install", f"--force-reinstall --no-deps {name}")


def _by(verb: str, what: str) -> str:
    """Give the command of the installer that brought us, for the Python we run with."""
    try:
        installer = (metadata.distribution(_NAME).read_text("INSTALLER") or "").strip()
    except metadata.PackageNotFoundError:
        installer = ""
    python = shlex.quote(sys.executable)
    by = f"uv pip {verb} --python {python}" if installer == "uv" else f"{python} -m pip {verb}"
    return f"{by} {what}"
