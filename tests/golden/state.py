"""The screens that tell how everything is and is set, how a run ends, and what errors look like."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Group, RenderableType
from typer.exceptions import TyperException

from cli import failing, render
from cli.app import app
from cli.misuse import misused
from cli.render import diagnostics
from cli.runner import ASKED
from schemas import documents
from schemas.common import Category, Failure, Role, State
from schemas.settings_reports import SettingLine, SettingsReport
from tests.contract import corpus
from tests.jobs import AT, JOB, MEDIA, OTHER, THIRD, URL, VIDEO
from ytarchive.crashes import Bug
from ytarchive.domain.job import Job
from ytarchive.errors import Interrupted, YtarchiveError, unknown
from ytarchive.runtime.rendezvous import find_server
from ytarchive.settings import Settings
from ytarchive.sources.problems import Problem

LIBRARY: Final = Path("/srv/videos")
CRASH: Final = "/home/me/.local/state/ytarchive/crashes/ytarchive-crash-2026-11-25T093014Z-a1b2c3d4.txt"
NOW: Final = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)


def report(name: str) -> Any:
    """Give the report that the wire's golden document of that name holds."""
    return msgspec.json.decode(corpus.REPORTS[name], type=documents.REPORTS[name])


def settings() -> RenderableType:
    """Draw what `config show` says of a few settings."""
    here = "/home/me/.config/ytarchive/config.toml"
    lines = {
        "library_dir": ("/srv/videos", "option", "where the archive is kept", None),
        "nats_url": ("", "default", "an existing NATS server; empty runs our own", None),
        "download_workers": ("2", f"{here}:4", "downloads at the same time", "4"),
        "ytdlp_options": (
            "--cookies /home/me/.config/ytarchive/cookies.txt --proxy socks5://***@proxy.example:1080",
            f"{here}:12",
            "further yt-dlp command-line options, of the operator",
            None,
        ),
        "limit_rate": (
            "0",
            "environment",
            "bytes a second of each download at most; 0 for no limit, or that of ytdlp_options",
            None,
        ),
    }
    return render.settings(
        SettingsReport(
            settings={
                name: SettingLine(
                    value=value, origin=origin, meaning=meaning, default="", allowed="", limit=limit
                )
                for name, (value, origin, meaning, limit) in lines.items()
            }
        )
    )


def checked() -> RenderableType:
    """Draw what `config check` finds."""
    of = report("config_check")
    found = [
        Problem(where=one.where, what=one.what, hint=one.hint, warning=one.warning) for one in of.problems
    ]
    found.append(
        Problem(
            where=".env",
            what="others can read this file, and it has a password in YTARCHIVE_NATS_URL",
            hint="`chmod 600 .env`",
            warning=True,
        )
    )
    return Group(*map(render.problem, found), render.checked(of))


def end() -> RenderableType:
    """Draw how a run of three videos ends, and one of a channel."""
    subtitles = msgspec.structs.replace(MEDIA, role=Role.SUBTITLES, path="2026/a.en.vtt")
    why = Failure(
        category=Category.NEEDS_AUTH,
        message="Private video. Sign in if you've been granted access to this video.",
        hint="The video is private. Give the cookies of an account that may watch it: "
        "YTARCHIVE_YTDLP_OPTIONS='--cookies FILE', then retry.",
    )
    jobs = [
        Job(job_id=JOB, url=URL, state=State.ARCHIVED, video=VIDEO, files=(MEDIA, subtitles)),
        Job(job_id=OTHER, url=URL, state=State.DUPLICATE, video=VIDEO, of=JOB, files=(MEDIA,)),
        Job(job_id=THIRD, url=URL, state=State.FAILED, failure=why, due=AT + timedelta(days=3)),
        Job(job_id="00000000000000aa", url=URL, state=State.SKIPPED, reason="shorter than 60 s"),
    ]
    return Group(*(render.outcome(job, LIBRARY) for job in jobs), render.counts(jobs))


def errors(columns: int) -> str:
    """Give what a terminal shows of errors that are met often."""
    nobody = Settings(state_dir=Path("/home/me/.local/state/ytarchive"))
    met = (
        raised(app, ["jbos"], prog_name="ytarchive", standalone_mode=False),
        raised(app, ["jobs", "--limit", "x"], prog_name="ytarchive", standalone_mode=False),
        unknown("state", "faild", tuple(State)),
        raised(find_server, nobody),
        Interrupted(ASKED),
        Bug(
            "ZeroDivisionError: division by zero",
            hint=f"That is a bug of ours. Please report it with {CRASH}",
        ),
    )
    return "\n".join(failing.told(error, columns) for error in met)


def raised(done: Callable[..., object], *given: object, **more: object) -> YtarchiveError:
    """Give the error that doing something ends with."""
    try:
        done(*given, **more)
    except YtarchiveError as error:
        return error
    except TyperException as error:
        return misused(error)
    raise AssertionError


STATE: Final[Mapping[str, Callable[[], RenderableType]]] = {
    "config-check": checked,
    "config-show": settings,
    "diagnostics-actors": lambda: diagnostics.actors(report("diagnostics_actors"), NOW),
    "diagnostics-breakers": lambda: diagnostics.breakers(report("diagnostics_breakers"), NOW),
    "diagnostics-disk": lambda: diagnostics.disk(report("diagnostics_disk")),
    "diagnostics-doctor": lambda: diagnostics.doctor(report("diagnostics_doctor")),
    "diagnostics-health": lambda: diagnostics.health(report("diagnostics_health")),
    "diagnostics-queues": lambda: diagnostics.queues(report("diagnostics_queues"), NOW),
    "diagnostics-streams": lambda: diagnostics.streams(report("diagnostics_streams"), NOW),
    "limits": lambda: render.limits(report("limits")),
    "run-end": end,
}
