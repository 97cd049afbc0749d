"""One video of a channel, from what asked for it to the file, with all that came between."""

from schemas.batch_events import BatchFinished, BatchPaused, BatchResumed, BatchSubmitted
from schemas.common import Category, Stage, State
from schemas.envelope import Commit
from schemas.events import (
    AttemptFailed,
    DuplicateFound,
    Event,
    JobPaused,
    JobSubmitted,
    LeaderFollowed,
    MediaDownloaded,
    MetadataRecorded,
    PageRecorded,
    RetryScheduled,
    StageStarted,
    VideoArchived,
)
from schemas.fixity import Finding, Scope, Trouble
from schemas.fixity_events import AuditStarted, FixityFailed, FixityRepaired
from schemas.options import ArchiveOptions
from schemas.past import Cause, Origin
from tests.jobs import (
    AT,
    BATCH,
    CHANNEL,
    JOB,
    MEDIA,
    METADATA,
    OTHER,
    THIRD,
    URL,
    VERIFIED,
    VIDEO,
    entries,
    failure,
    staging,
)
from ytarchive.domain.provenance import Decided, Provenance

LIST = THIRD
COMMAND = "5e8a0c41d7b2f936"


class Log:
    """Numbers what is decided."""

    def __init__(self) -> None:
        self.decided: list[Decided] = []
        self._versions: dict[str, int] = {}

    def add(self, name: str, cause: str, *events: Event, aggregate: str = "job") -> int:
        version = self._versions.get(name, 0) + 1
        self._versions[name] = version + len(events) - 1
        commit = Commit(
            aggregate=aggregate,
            aggregate_id=name,
            version=version,
            previous="",
            at=AT,
            correlation_id="conversation",
            causation_id=cause,
            events=events,
        )
        self.decided.append(Decided(len(self.decided) + 1, commit))
        return len(self.decided)

    def causes(self) -> list[tuple[Cause, ...]]:
        provenance = Provenance(reversed(self.decided))
        return [provenance.causes(one) for one in provenance.decided]


def begun(url: str = URL, batch: str = "", *, lists: bool = False) -> tuple[Event, ...]:
    stage = Stage.LISTING if lists else Stage.METADATA
    submitted = JobSubmitted(url=url, options=ArchiveOptions(), batch=batch, lists=lists)
    return submitted, StageStarted(stage=stage, attempt=1)


def started(stage: Stage, attempt: int = 1) -> StageStarted:
    return StageStarted(stage=stage, attempt=attempt)


def edge(origin: Origin, id_: str, seq: int | None) -> Cause:
    return Cause(origin=origin, id=id_, seq=seq)


RECORDED = MetadataRecorded(video=VIDEO, metadata=METADATA)
DOWNLOADED = MediaDownloaded(staging=staging())
ARCHIVED = VideoArchived(node="here", files=(MEDIA,), verified=VERIFIED)


def test_a_video_of_a_list_leads_back_by_every_attempt_and_the_page_to_the_command() -> None:
    log = Log()
    batch = BatchSubmitted(title="jawed", sources=(CHANNEL,), options=ArchiveOptions())
    log.add(BATCH, f"{BATCH}:{COMMAND}", batch, aggregate="batch")
    log.add(LIST, BATCH, *begun(CHANNEL, BATCH, lists=True))
    log.add(LIST, f"{LIST}:2:1", PageRecorded(page=1, entries=entries("another", VIDEO.video_id)))
    log.add(JOB, BATCH, *begun(batch=BATCH))
    log.add(JOB, f"{JOB}:2:result", RECORDED, started(Stage.DOWNLOAD))
    wrong = AttemptFailed(stage=Stage.DOWNLOAD, attempt=1, failure=failure(Category.NETWORK))
    log.add(JOB, f"{JOB}:4:result", wrong, RetryScheduled(stage=Stage.DOWNLOAD, due=AT))
    log.add(JOB, f"{JOB}:6", started(Stage.DOWNLOAD, 2))
    log.add(JOB, f"{JOB}:7:result", DOWNLOADED, started(Stage.STORAGE))
    log.add(JOB, f"{JOB}:9:result", ARCHIVED)

    assert log.causes() == [
        (edge(Origin.COMMAND, f"{BATCH}:{COMMAND}", None),),
        (edge(Origin.SOURCE, BATCH, 1),),
        (edge(Origin.RESULT, f"{LIST}:2:1", 2),),
        (edge(Origin.PAGE, BATCH, 3),),
        (edge(Origin.RESULT, f"{JOB}:2:result", 4),),
        (edge(Origin.RESULT, f"{JOB}:4:result", 5),),
        (edge(Origin.TIMER, f"{JOB}:6", 6),),
        (edge(Origin.RESULT, f"{JOB}:7:result", 7),),
        (edge(Origin.RESULT, f"{JOB}:9:result", 8),),
    ]
    assert Provenance(log.decided).chain(9) == (1, 2, 3, 4, 5, 6, 7, 8, 9)


def test_who_followed_goes_back_to_the_end_of_who_led_and_a_duplicate_to_what_it_repeats() -> None:
    log = Log()
    log.add(JOB, f"{JOB}:{COMMAND}", *begun())
    log.add(OTHER, f"{OTHER}:{COMMAND}", *begun())
    log.add(JOB, f"{JOB}:2:result", RECORDED, started(Stage.DOWNLOAD))
    log.add(OTHER, f"{OTHER}:2:result", RECORDED, LeaderFollowed(of=JOB))
    log.add(JOB, f"{JOB}:4:result", DOWNLOADED, started(Stage.STORAGE))
    log.add(JOB, f"{JOB}:6:result", ARCHIVED)
    log.add(OTHER, f"{OTHER}:4:open", DuplicateFound(of=JOB, files=(MEDIA,)))

    causes = log.causes()
    assert causes[3] == (edge(Origin.RESULT, f"{OTHER}:2:result", 2), edge(Origin.JOB, JOB, 3))
    assert causes[6] == (edge(Origin.RELEASE, f"{OTHER}:4:open", 6), edge(Origin.JOB, JOB, 6))
    assert Provenance(log.decided).chain(6) == (1, 3, 5, 6)
    assert Provenance(log.decided).chain(7) == (1, 3, 5, 6, 7)


def test_what_a_batch_passes_on_goes_back_to_what_it_was_told() -> None:
    log = Log()
    batch = BatchSubmitted(title="zoo", sources=("https://youtu.be/jNQXAC9IVRw",), options=ArchiveOptions())
    log.add(BATCH, f"{BATCH}:{COMMAND}", batch, aggregate="batch")
    log.add(JOB, BATCH, *begun(batch=BATCH))
    log.add(BATCH, f"{BATCH}:{COMMAND[::-1]}", BatchPaused(), aggregate="batch")
    log.add(JOB, f"{JOB}:2:batch", JobPaused())
    log.add(BATCH, f"{BATCH}:{COMMAND}", BatchResumed(), aggregate="batch")
    log.add(JOB, f"{JOB}:3:batch", started(Stage.METADATA, 2))
    assert [one[0] for one in log.causes()][1::2] == [
        edge(Origin.SOURCE, BATCH, 1),
        edge(Origin.BATCH, f"{JOB}:2:batch", 3),
        edge(Origin.BATCH, f"{JOB}:3:batch", 5),
    ]


def test_a_batch_ends_with_the_last_of_its_jobs_and_what_it_began_without_a_source_was_told_by_it() -> None:
    log = Log()
    batch = BatchSubmitted(title="jawed", sources=(CHANNEL,), options=ArchiveOptions())
    log.add(BATCH, f"{BATCH}:{COMMAND}", batch, aggregate="batch")
    log.add(JOB, BATCH, *begun(batch=BATCH))
    log.add(JOB, f"{JOB}:2:result", RECORDED, DuplicateFound(of=OTHER, files=(MEDIA,)))
    log.add(BATCH, BATCH, BatchFinished(counts={State.DUPLICATE: 1}), aggregate="batch")
    assert [one[0] for one in log.causes()][1:] == [
        edge(Origin.BATCH, BATCH, 1),
        edge(Origin.RESULT, f"{JOB}:2:result", 2),
        edge(Origin.RELEASE, BATCH, 3),
    ]


def test_a_damaged_file_goes_back_to_the_audit_and_its_repair_to_the_job_that_fetched_it() -> None:
    log = Log()
    audit = "00000000000000cc"
    wrong = Finding(kind=Trouble.ALTERED, path=MEDIA.path, job_id=JOB, detail="another SHA-256")
    log.add(JOB, f"{JOB}:{COMMAND}", *begun())
    log.add(audit, f"{audit}:{COMMAND}", AuditStarted(node="here", scope=Scope()), aggregate="audit")
    log.add(JOB, f"{audit}:{COMMAND}", FixityFailed(audit=audit, finding=wrong))
    log.add(OTHER, f"{OTHER}:{COMMAND}", *begun())
    repaired = FixityRepaired(path=MEDIA.path, file=MEDIA, how="downloaded", of=OTHER)
    log.add(JOB, f"{JOB}:{COMMAND}", repaired)
    causes = log.causes()
    assert causes[2][1:] == (edge(Origin.AUDIT, audit, 2),)
    assert causes[4][1:] == (edge(Origin.JOB, OTHER, 4),)


def test_what_a_scheduled_audit_tells_goes_back_to_where_that_began_and_not_to_itself() -> None:
    """Given portions of it, whose numbers are no versions."""
    log = Log()
    audit = "00000000000000cc"
    log.add(JOB, f"{JOB}:{COMMAND}", *begun())
    started = AuditStarted(node="here", scope=Scope(), standing=True)
    log.add(audit, f"{audit}:1:7:0:result", started, aggregate="audit")
    wrong = Finding(kind=Trouble.ALTERED, path=MEDIA.path, job_id=JOB, detail="another SHA-256")
    log.add(JOB, f"{audit}:2:7:0:result", FixityFailed(audit=audit, finding=wrong))
    assert log.causes()[1:] == [
        (edge(Origin.MESSAGE, f"{audit}:1:7:0:result", None),),
        (edge(Origin.RESULT, f"{audit}:2:7:0:result", 2), edge(Origin.AUDIT, audit, 2)),
    ]


def test_a_message_of_an_unknown_kind_and_one_that_is_lost_are_no_edges() -> None:
    log = Log()
    log.add(JOB, "of a later version: who knows", *begun())
    log.add(JOB, f"{JOB}:99:result", RECORDED)
    assert log.causes() == [
        (edge(Origin.MESSAGE, "of a later version: who knows", None),),
        (edge(Origin.RESULT, f"{JOB}:99:result", None),),
    ]
