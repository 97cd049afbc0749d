"""A small honest world around the decisions: queues, workers, timers, a library and a log of bytes.

What is ours in it is real (`decide`, `fold`, `pending`, `Chains`, `Catalogue`, the retry table, the codec),
and all that passes between is encoded. What the world may do, it does at its worst: deliver twice, late, in
any order; kill the jobs actor between any two of its steps; forget its queues.
"""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from schemas import codec, subjects
from schemas.commands import (
    DiscardStaging,
    DownloadMedia,
    FetchMetadata,
    JobCommand,
    ListCollection,
    StoreMedia,
    Task,
    WakeJob,
)
from schemas.common import ArchivedFile, Category, Role, Stage, Video
from schemas.envelope import Commit, Envelope
from schemas.events import Event, JobEvent
from schemas.fixity import Depth
from schemas.fixity_commands import RecordAudit
from schemas.results import (
    CollectionListed,
    DownloadFinished,
    MediaStored,
    MetadataFetched,
    PageListed,
    Result,
    TaskFailed,
    VideoUnwanted,
)
from tests.jobs import AT, METADATA, VERIFIED, VIDEO, Begin, entries, failure, staging
from ytarchive.domain.archive_saga import Ask, Effect, Wake, Withdraw, pending
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.context import Context
from ytarchive.domain.decider import begun, decide
from ytarchive.domain.findings import absent
from ytarchive.domain.fixity import Audit, decide_audit
from ytarchive.domain.job import Job
from ytarchive.domain.replay import Chains
from ytarchive.recovery import table

if TYPE_CHECKING:
    from datetime import datetime


PAGES = (("one", "two"), ("three",), ("four", "five"))
"""All that every list holds, page by page."""


class Stored(NamedTuple):
    """A message of the log, as bytes."""

    sequence: int
    subject: str
    payload: bytes


class Work(msgspec.Struct):
    """What a worker is at. Of a list, so many pages were told."""

    task: Task
    told: int = 0


class Killed(Exception):
    """The jobs actor was killed."""


class World:
    """Everything outside the jobs actor, and the actor's memory, which does not survive a kill."""

    def __init__(self) -> None:
        self.now = AT
        self.log: list[Stored] = []
        self.inbox: list[bytes] = []
        """Commands and results on their way to the jobs actor."""
        self.sent: list[bytes] = []
        """Every message that ever was in the inbox."""
        self.tasks: dict[str, bytes] = {}
        self.timers: dict[str, tuple[datetime, bytes]] = {}
        self.running: list[Work] = []
        self.staged: set[tuple[str, str]] = set()
        self.library: dict[str, str] = {}
        self.seen: Counter[type] = Counter()
        self.restart()

    # the jobs actor

    def restart(self) -> None:
        """Forget what was in memory, and fold the log."""
        self.chains, self.catalogue = Chains(), Catalogue()
        for entry in self.log:
            self._apply(entry)

    def take_up(self) -> None:
        """Ask again for whatever is pending, as at a start of the jobs actor."""
        for job in [job for job in self.catalogue if job.due or not job.state.final]:
            for effect in pending(job):
                self._carry_out(effect)
            if job.follows and job.of and not self.catalogue.job(job.of).active:
                self._wake(job.job_id)

    def begin(self, begin: Begin, *, killed: bool = False) -> None:
        """Have the jobs actor begin a job of a batch, or die as soon as that is in the log."""
        if self.catalogue.job(begin.job_id).version:
            return
        job = self._record(self.catalogue.job(begin.job_id), begun(begin.submitted), "conversation", "batch")
        if killed:
            self.restart()
            self.take_up()
        for effect in pending(job):
            self._carry_out(effect)

    def audit(self, job_id: str, *, damaged: bool) -> None:
        """Have the files of a job looked at, which are all gone, or all there."""
        job = self.catalogue.job(job_id)
        findings = tuple(absent(job_id, file) for file in job.files if damaged)
        part = RecordAudit(
            audit_id="a" * 16,
            part=1,
            jobs=(job_id,),
            files=len(job.files),
            bytes=0,
            depth=Depth.CONTENT,
            findings=findings,
        )
        audit = Audit(audit_id=part.audit_id, version=1)
        for aggregate, _, events in decide_audit(audit, part, self.catalogue.job):
            if aggregate == "job":
                of_job: Any = events
                self._record(job, of_job, "conversation", "audit")
        news = [one.aggregate for one in decide_audit(audit, part, self.catalogue.job)]
        assert news == ["audit"], "the same a second time is news"

    def hear(self, index: int, *, killed_after: int | None = None, stops: bool = True) -> None:
        """Let the jobs actor handle one message, or be killed after so many steps of doing so.

        `stops` tells whether workers hear it when their task is called off.
        """
        steps = iter(range(1 << 20))

        def step() -> None:
            if next(steps) == killed_after:
                raise Killed

        message = self.inbox[index]
        try:
            step()
            job = self._decide(message)
            step()
            for effect in pending(job):
                self._carry_out(effect, stops=stops)
                step()
            for follower in () if job.active else self.catalogue.videos.followers(job.job_id):
                self._wake(follower)
                step()
            self.inbox.remove(message)
        except Killed:
            self.restart()

    def _wake(self, job_id: str) -> None:
        """Let a job go on that has followed another."""
        version = self.catalogue.job(job_id).version
        job = self._decide(self._envelope(f"{job_id}:open", WakeJob(job_id=job_id, version=version)))
        for effect in pending(job):
            self._carry_out(effect)

    def _decide(self, payload: bytes) -> Job:
        envelope = _message(payload)
        job = self.catalogue.job(envelope.body.job_id)
        context = Context(
            at=self.now,
            retry=table.policy(self.now),
            archived=self.catalogue.archived,
            working=self.catalogue.videos.working,
            recheck=table.recheck,
            block=self._block,
            job=self.catalogue.job,
        )
        events = decide(job, envelope.body, context)
        if not events:
            return job
        assert not _overtaken(job, envelope.body), f"{envelope.body} is heard too late by {job}"
        job = self._record(job, events, envelope.correlation_id, envelope.id)
        again = decide(job, envelope.body, msgspec.structs.replace(context, archived=self.catalogue.archived))
        assert again == (), f"{envelope.body} a second time leads to {again}"
        return job

    def _record(self, job: Job, events: tuple[JobEvent, ...], correlation: str, cause: str) -> Job:
        self.seen.update(map(type, events))
        head = self.chains.head(job.job_id)
        commit = Commit(
            aggregate="job",
            aggregate_id=job.job_id,
            version=head.version + 1,
            previous=head.digest,
            at=self.now,
            correlation_id=job.correlation_id or correlation,
            causation_id=cause,
            events=events,
        )
        entry = Stored(len(self.log) + 1, subjects.event("job", job.job_id), codec.encode(commit))
        self.log.append(entry)
        return self._apply(entry)

    def _block(self, egress: str, category: Category) -> "datetime":
        return (
            self.catalogue.refusals.breaker(egress).failed(self.now, table.pause(category)).open_until
            or self.now
        )

    def _apply(self, entry: Stored) -> Job:
        commit, fault = self.chains.follow(entry.subject, entry.sequence, entry.payload)
        assert fault is None, fault
        assert commit
        job = self.catalogue.apply(commit)
        assert isinstance(job, Job)
        return job

    def _carry_out(self, effect: Effect, *, stops: bool = True) -> None:
        match effect:
            case Ask(key=key, subject=subject, task=task):
                self.tasks.setdefault(subject, self._envelope(key, task))
            case Wake(key=key, due=due, message=message):
                self.timers[message.job_id] = due, self._envelope(key, message)
            case Withdraw(job_id=job_id):
                discard = subjects.ROOT + ".command.discard."
                self.tasks = {
                    subject: payload
                    for subject, payload in self.tasks.items()
                    if subject.startswith(discard) or subjects.parse(subject).ids[-2] != job_id
                }
                self.timers.pop(job_id, None)
                if stops:
                    self.running = [work for work in self.running if work.task.job_id != job_id]

    # people, time and workers

    def send(self, message: JobCommand | Result) -> None:
        """Put a message on its way."""
        self._deliver(self._envelope(f"message {len(self.sent)}", message))

    def repeat(self, index: int) -> None:
        """Have a message arrive once more, long after it was heard."""
        self._deliver(self.sent[index])

    def tick(self) -> None:
        """Let time pass until the next timer goes off."""
        job_id = min(self.timers, key=lambda job_id: self.timers[job_id][0])
        due, payload = self.timers.pop(job_id)
        self.now = max(self.now, due)
        self._deliver(payload)

    def start(self, index: int, *, redelivered: bool = False) -> None:
        """Have a worker take a task; `redelivered` leaves it in its queue, for another to take as well."""
        subject = list(self.tasks)[index]
        task = codec.tasks.decode(self.tasks[subject]).body
        self.running.append(Work(task, self.catalogue.job(task.job_id).pages))
        if not redelivered:
            del self.tasks[subject]

    def finish(
        self, index: int, wrong: Category | None = None, *, same: bool = True, unwanted: bool = False
    ) -> None:
        """Have a worker end its task well, or with a failure; of a list it may tell but the next page.

        `same`: the site sends the same bytes again. `unwanted`: the video is not among those chosen.
        """
        work = self.running[index]
        if isinstance(work.task, ListCollection) and not wrong and work.told < len(PAGES):
            work.told += 1
            self.send(_page(work.task, work.told))
            return
        del self.running[index]
        match work.task:
            case DiscardStaging(job_id=job_id):
                self.staged.discard(("here", job_id))
            case FetchMetadata() | ListCollection() | DownloadMedia() | StoreMedia() as task if wrong:
                self.send(_failed(task, wrong))
            case ListCollection(job_id=job_id, attempt=attempt):
                self.send(CollectionListed(job_id=job_id, attempt=attempt, pages=len(PAGES)))
            case FetchMetadata(job_id=job_id, attempt=attempt) if unwanted:
                self.send(VideoUnwanted(job_id=job_id, attempt=attempt, video=VIDEO, reason="too short"))
            case FetchMetadata(job_id=job_id, attempt=attempt):
                self.send(
                    MetadataFetched(
                        job_id=job_id, attempt=attempt, node="here", video=VIDEO, metadata=METADATA
                    )
                )
            case DownloadMedia(job_id=job_id, attempt=attempt):
                self.staged.add(("here", job_id))
                self.send(DownloadFinished(job_id=job_id, attempt=attempt, staging=staging()))
            case StoreMedia(job_id=job_id) as task if ("here", job_id) not in self.staged:
                self.send(_failed(task, Category.MEDIA))
            case StoreMedia(job_id=job_id, attempt=attempt, video=video):
                file = self._store(video, "the same" if same else f"{job_id} {attempt}")
                self.send(
                    MediaStored(job_id=job_id, attempt=attempt, node="here", files=(file,), verified=VERIFIED)
                )
                self.staged.discard(("here", job_id))

    def lose_queues(self) -> None:
        """Lose all tasks and timers, and start the jobs actor again."""
        self.tasks.clear()
        self.timers.clear()
        self.restart()
        self.take_up()

    def go_on(self) -> bool:
        """Let the next thing happen, and go well. Tell whether there was any."""
        if self.inbox:
            self.hear(0)
        elif self.running:
            self.finish(0)
        elif self.tasks:
            self.start(0)
        elif self.timers:
            self.tick()
        else:
            return False
        return True

    def settle(self) -> None:
        """Let everything go well until nothing is left to be done."""
        for _ in range(2000):
            if not self.go_on():
                return
        raise AssertionError("it never ends")

    def on_its_way(self, job: Job) -> bool:
        """Tell whether something is there that will make a job go on."""
        if any(_message(payload).body.job_id == job.job_id for payload in self.inbox):
            return True
        for effect in pending(job):
            match effect:
                case Ask(subject=subject, task=task) if subject in self.tasks or self._at_work(task):
                    return True
                case Wake(due=due) if self.timers.get(job.job_id, (None, b""))[0] == due:
                    return True
                case _:
                    pass
        return bool(job.follows and job.of) and self.on_its_way(self.catalogue.job(job.of or ""))

    def _at_work(self, task: Task) -> bool:
        return any(work.task == task for work in self.running)

    def events(self) -> Iterator[tuple[int, str, Event]]:
        """Give the log's events with their sequences and jobs."""
        for entry in self.log:
            commit = codec.commits.decode(entry.payload)
            for event in commit.events:
                yield entry.sequence, commit.aggregate_id, event

    def _deliver(self, payload: bytes) -> None:
        self.inbox.append(payload)
        self.sent.append(payload)

    def _envelope(self, key: str, body: JobCommand | Result | Task) -> bytes:
        return codec.encode(Envelope(id=key, at=self.now, correlation_id="conversation", body=body))

    def _store(self, video: Video, content: str) -> ArchivedFile:
        digest = sha256(content.encode()).hexdigest()
        name = f"zoo [{video.video_id}]"
        for number in range(1, len(self.library) + 2):
            path = f"{name} ({number}).mp4"
            if self.library.setdefault(path, digest) == digest:
                return ArchivedFile(path=path, role=Role.MEDIA, bytes=7, sha256=digest)
        raise AssertionError("numbers do not end")


_messages: codec.Codec[Envelope[JobCommand] | Envelope[Result]] = codec.Codec(Envelope[JobCommand | Result])


def _message(payload: bytes) -> Envelope[JobCommand] | Envelope[Result]:
    return _messages.decode(payload)


def _overtaken(job: Job, message: JobCommand | Result) -> bool:
    """Tell whether a message answers a question that has been asked anew since."""
    match message:
        case PageListed(attempt=attempt) | CollectionListed(attempt=attempt):
            return attempt != job.started.get(Stage.LISTING)
        case MetadataFetched(attempt=attempt) | VideoUnwanted(attempt=attempt):
            return attempt != job.started.get(Stage.METADATA)
        case DownloadFinished(attempt=attempt):
            return attempt != job.started.get(Stage.DOWNLOAD)
        case MediaStored(attempt=attempt):
            return attempt != job.started.get(Stage.STORAGE)
        case TaskFailed(stage=stage, attempt=attempt):
            return attempt != job.started.get(stage)
        case WakeJob(version=version):
            return version != job.version
        case _:
            return False


def _page(task: ListCollection, number: int) -> PageListed:
    return PageListed(
        job_id=task.job_id,
        attempt=task.attempt,
        page=number,
        entries=entries(*PAGES[number - 1]),
        resume=f"behind {number}",
    )


def _failed(
    task: FetchMetadata | ListCollection | DownloadMedia | StoreMedia, category: Category
) -> TaskFailed:
    stage = {
        FetchMetadata: Stage.METADATA,
        ListCollection: Stage.LISTING,
        DownloadMedia: Stage.DOWNLOAD,
        StoreMedia: Stage.STORAGE,
    }
    return TaskFailed(
        job_id=task.job_id,
        attempt=task.attempt,
        node="here",
        stage=stage[type(task)],
        failure=failure(category),
    )
