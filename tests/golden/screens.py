"""The main screens, drawn from fixed reports on terminals of 80 and 120 columns, and one with colours."""

import contextlib
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from rich.console import Console, Group, RenderableType

from cli import render
from cli.output import show
from cli.render import history, past, recovery, why
from cli.render import preview as previewed
from schemas.common import BatchState, Category, Failure, Priority, Stage, State
from schemas.logs import LogRecord
from schemas.progress import Progress
from schemas.queries import BatchView, JobView
from schemas.reports import EventLine
from tests.golden.state import LIBRARY, STATE, errors, report
from tests.jobs import AT, BATCH, JOB, MEDIA, OTHER, THIRD, URL, VIDEO
from ytarchive.domain.job import Job

TITLES: Final = (
    "Seahorse Valley: 1/10 of the way in 🌀",
    'The "Game of Life": who stays, who goes, and what comes of it after a thousand generations?',
    "題名の長い動画 — ゆっくり解説",
)


def texts() -> Mapping[str, str]:
    """Give every screen, by the path of its file."""
    found = {}
    with clock_of("UTC"):
        for name, drawn in {**SCREENS, **STATE}.items():
            for columns in (80, 120):
                found[f"screens/{name}-{columns}.txt"] = told(drawn(), columns, whole=name in WHOLE)
        found |= {f"screens/errors-{columns}.txt": errors(columns) for columns in (80, 120)}
        found["screens/jobs-colours.txt"] = told(jobs(), 80, colours=True)
        found["screens/jobs-no-color.txt"] = told(jobs(), 80, colours=True, no_color=True)
    return found


def told(
    drawn: RenderableType,
    columns: int,
    *,
    whole: bool = False,
    colours: bool = False,
    no_color: bool = False,
) -> str:
    """Give what a terminal gets, of 16 colours if it has any, and what its lines end with left away."""
    out = Console(
        file=io.StringIO(),
        width=columns,
        height=24,
        force_terminal=True,
        color_system="standard" if colours else None,
        no_color=no_color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    show(drawn, whole=whole, on=out)
    assert isinstance(out.file, io.StringIO)
    lines = out.file.getvalue().replace("\x1b", "␛").splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


@contextlib.contextmanager
def clock_of(zone: str) -> Iterator[None]:
    """Have local times be those of `zone`."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        del os.environ["TZ"]
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def preview() -> RenderableType:
    """Draw what `playlist preview` shows of a list that came in two pages."""
    of = report("preview")
    first, *rest = of.videos
    return Group(
        previewed.heading(of.title),
        previewed.rows([first], headed=True),
        previewed.rows(rest, headed=False),
        previewed.sums(of),
    )


def jobs() -> RenderableType:
    """Draw what `jobs` lists."""
    failure = Failure(
        category=Category.RATE_LIMIT, message="HTTP Error 429: Too Many Requests, try again later"
    )
    shown = [
        JobView(job_id=JOB, url=URL, state=State.ARCHIVED, title=TITLES[0], files=(MEDIA,), updated_at=AT),
        JobView(
            job_id=OTHER, url=URL, state=State.WAITING, title=TITLES[1], error=failure, due=AT, updated_at=AT
        ),
        JobView(job_id=THIRD, url=URL, state=State.FAILED, title=TITLES[2], error=failure, updated_at=AT),
        JobView(job_id="00000000000000aa", url=URL, state=State.DOWNLOADING, updated_at=AT),
    ]
    return render.overview([batch()], shown)


def batch() -> BatchView:
    """Give a batch that is under way."""
    return BatchView(
        batch_id=BATCH,
        title="https://www.youtube.com/@simchannel",
        state=BatchState.RUNNING,
        priority=Priority.NORMAL,
        sources=1,
        counts={State.ARCHIVED: 1204, State.DOWNLOADING: 4, State.FAILED: 3},
        listings={State.LISTED: 1},
        known=58,
        skipped=12,
        queued=812,
        submitted_at=AT,
        updated_at=AT + timedelta(hours=3),
        version=9,
    )


def board() -> RenderableType:
    """Draw what `run` and `watch` show while it lasts."""
    one = Job(job_id=JOB, url=URL, state=State.DOWNLOADING, stage=Stage.DOWNLOAD, video=VIDEO)
    two = Job(job_id=OTHER, url=URL, state=State.RESOLVING, stage=Stage.METADATA, title=TITLES[1])
    many = [
        Job(
            job_id=f"{n:016x}",
            url=URL,
            state=State.DOWNLOADING,
            stage=Stage.DOWNLOAD,
            title=title,
            batch=BATCH,
        )
        for n, title in enumerate(TITLES)
    ]
    moves = Progress(
        job_id=JOB,
        stage=Stage.DOWNLOAD,
        at=AT,
        stream="video 720p avc1",
        bytes=27_262_976,
        total=52_428_800,
        speed=1_258_291,
        eta=20,
    )
    sound = msgspec.structs.replace(moves, stream="audio 128k mp4a", bytes=4_096_000, total=None, eta=None)
    streams = {
        JOB: {"video": moves, "audio": sound},
        many[0].job_id: {"video": msgspec.structs.replace(moves, job_id=many[0].job_id)},
    }
    return Group(
        render.board([one, two, *many], streams),
        render.batch_now(batch(), speed=1_258_291, per_hour=310, left=9_400),
    )


def log() -> RenderableType:
    """Draw a few log lines."""
    lines = (("info", "jobs", "ready", {"pid": 4242}), ("error", "download", "the disk is full", {"free": 0}))
    return Group(
        *(
            render.styled_log_line(
                LogRecord(
                    at=AT, node="here", level=level, actor=actor, event=said, job_id=JOB, context=context
                ),
                node="here",
                width=80,
            )
            for level, actor, said, context in lines
        )
    )


def event() -> RenderableType:
    """Draw one event of `replay`, whose line is long."""
    data = {"url": f"{URL}&list={'x' * 90}", "options": {"quality": "best"}}
    return render.event(EventLine(seq=7, job_id=JOB, version=1, type="job.submitted", at=AT, data=data))


def status() -> RenderableType:
    """Draw one job with its files and what happened to it."""
    found = report("status")
    lines = [
        EventLine(seq=n, job_id=JOB, version=n, type=type_, at=AT + n * timedelta(seconds=1.5), data=data)
        for n, (type_, data) in enumerate(TIMELINE, 1)
    ]
    return render.status(found, lines, LIBRARY)


TIMELINE: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("job.submitted", {"url": URL, "options": {"quality": "best"}}),
    ("job.stage_started", {"stage": "metadata", "attempt": 1}),
    (
        "job.attempt_failed",
        {
            "stage": "metadata",
            "failure": {"message": "HTTP Error 503: Service Unavailable", "category": "server_error"},
        },
    ),
    ("job.retry_scheduled", {"stage": "metadata", "due": "2026-01-02T03:05:00Z"}),
)

SCREENS: Final[Mapping[str, Callable[[], RenderableType]]] = {
    "replay": event,
    "audit": lambda: render.audit(report("audit")),
    "audit-history": lambda: render.audits(report("audit_history")),
    "batch": lambda: render.batch_status(report("batch")),
    "config-profiles": lambda: render.profiles(report("profiles")),
    "events-verify": lambda: render.log_verified(
        msgspec.structs.replace(report("events_verify"), whole=False)
    ),
    "history": lambda: history.history(report("history"), LIBRARY, diff=True),
    "jobs": jobs,
    "logs": log,
    "playlist-preview": preview,
    "quarantine": lambda: render.quarantine(report("quarantine")),
    "rebuild-compare": lambda: render.compared(report("compared")),
    "recovery-letter": lambda: recovery.letter(report("letter")),
    "recovery-letters": lambda: recovery.letters_table(report("letters").letters),
    "recovery-list": lambda: recovery.jobs_table(report("jobs").jobs),
    "recovery-report": lambda: recovery.summary(report("recovery_report")),
    "recovery-show": lambda: recovery.job(report("recovery_show")),
    "repair": lambda: render.repaired(report("repair")),
    "replay-at": lambda: past.then(report("then")),
    "status": status,
    "sums": lambda: render.sums(report("sums"), checked=True),
    "watch": board,
    "why": lambda: why.why(report("why"), LIBRARY),
}

WHOLE: Final = ("audit", "quarantine", "repair")
"""Those with paths that are there to be copied."""
