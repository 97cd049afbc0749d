"""Decider and saga together, in a world at its worst. What must hold, holds after every step."""

from collections import Counter
from typing import Any, ClassVar, get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from schemas.commands import CancelJob, PauseJob, ResumeJob, RetryJob, SubmitVideo
from schemas.common import ArchivedFile, Category, Stage, State
from schemas.events import (
    DuplicateFound,
    JobEvent,
    ListingFinished,
    MediaDownloaded,
    MetadataRecorded,
    PageRecorded,
    StageStarted,
    VideoArchived,
)
from schemas.fixity_commands import RecordRepair
from schemas.options import ArchiveOptions
from tests.jobs import JOB, OTHER, THIRD, URL, listing
from tests.property.world import PAGES, World
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.replay import Chains

FOURTH = "0000000000000004"
"""Only looks again."""
JOBS = st.sampled_from([JOB, OTHER, THIRD, FOURTH])
KINDS = [
    Category.NETWORK,
    Category.URL_EXPIRED,
    Category.MEDIA,
    Category.DISK,
    Category.GONE,
    Category.DRM,
    Category.RATE_LIMIT,
]
"""One failure for each way of treating failures."""
ANY = st.integers(0, 1 << 16)
"""An index into whatever there is, taken modulo its length."""


class Archive(RuleBasedStateMachine):
    """Two jobs for one video, one that only looks at it again, and one for a list, at any interleaving."""

    seen: ClassVar[Counter[Any]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.archived: dict[str, tuple[ArchivedFile, ...]] = {}

    @initialize(first=st.booleans(), second=st.booleans())
    def submit_both(self, *, first: bool, second: bool) -> None:
        self.submit(JOB, force=first)
        self.submit(OTHER, force=second)

    @initialize(killed=st.booleans())
    def begin_list(self, *, killed: bool) -> None:
        self.world.begin(listing(THIRD), killed=killed)

    @rule(steps=st.integers(1, 8))
    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.world.go_on()

    @rule(job_id=st.sampled_from([JOB, OTHER, FOURTH]), force=st.booleans())
    def submit(self, job_id: str, *, force: bool) -> None:
        options = ArchiveOptions(force=force, refresh=job_id == FOURTH)
        self.world.send(SubmitVideo(job_id=job_id, url=URL, options=options))

    @rule(job_id=JOBS)
    def cancel(self, job_id: str) -> None:
        self.world.send(CancelJob(job_id=job_id))

    @rule(job_id=JOBS)
    def retry(self, job_id: str) -> None:
        self.world.send(RetryJob(job_id=job_id))

    @rule(job_id=JOBS)
    def pause(self, job_id: str) -> None:
        self.world.send(PauseJob(job_id=job_id))

    @rule(job_id=JOBS)
    def resume(self, job_id: str) -> None:
        self.world.send(ResumeJob(job_id=job_id))

    @rule(job_id=st.sampled_from([JOB, OTHER]), damaged=st.booleans())
    def audit(self, job_id: str, *, damaged: bool) -> None:
        self.world.audit(job_id, damaged=damaged)

    @rule(job_id=st.sampled_from([JOB, OTHER]))
    def repair(self, job_id: str) -> None:
        for file in self.world.catalogue.job(job_id).files:
            self.world.send(RecordRepair(job_id=job_id, path=file.path, file=file, how="returned"))

    @precondition(lambda self: self.world.inbox)
    @rule(index=ANY, killed_after=st.none() | st.integers(0, 4), stops=st.booleans())
    def hear(self, index: int, killed_after: int | None, *, stops: bool) -> None:
        self.world.hear(index % len(self.world.inbox), killed_after=killed_after, stops=stops)

    @precondition(lambda self: self.world.sent)
    @rule(index=ANY)
    def repeat(self, index: int) -> None:
        self.world.repeat(index % len(self.world.sent))

    @precondition(lambda self: self.world.tasks)
    @rule(index=ANY, redelivered=st.booleans())
    def start(self, index: int, *, redelivered: bool) -> None:
        self.world.start(index % len(self.world.tasks), redelivered=redelivered)

    @precondition(lambda self: self.world.running)
    @rule(
        index=ANY,
        wrong=st.none() | st.sampled_from(KINDS),
        same=st.booleans(),
        unwanted=st.sampled_from([True, False, False, False]),
    )
    def finish(self, index: int, wrong: Category | None, *, same: bool, unwanted: bool) -> None:
        self.world.finish(index % len(self.world.running), wrong, same=same, unwanted=unwanted)

    @precondition(lambda self: self.world.timers)
    @rule()
    def tick(self) -> None:
        self.world.tick()

    @rule()
    def lose_queues(self) -> None:
        self.world.lose_queues()

    @rule()
    def kill(self) -> None:
        self.world.restart()

    @invariant()
    def the_log_folds_into_the_live_state_and_its_chains_hold(self) -> None:
        chains, catalogue = Chains(), Catalogue()
        for entry in self.world.log:
            commit, fault = chains.follow(entry.subject, entry.sequence, entry.payload)
            assert commit
            assert fault is None
            catalogue.apply(commit)
        assert chains.holes == []
        assert list(catalogue) == list(self.world.catalogue)

    @invariant()
    def no_unfinished_job_is_without_a_cause_that_makes_it_go_on(self) -> None:
        for job in self.world.catalogue:
            by_hand = job.state is State.PAUSED and job.due is None
            ended = job.state.final and job.due is None
            assert ended or by_hand or self.world.on_its_way(job), job

    @invariant()
    def what_is_archived_stays_archived_and_is_in_the_library(self) -> None:
        for job in self.world.catalogue:
            if job.job_id in self.archived or job.state is State.ARCHIVED:
                assert job.state is State.ARCHIVED
                assert self.archived.setdefault(job.job_id, job.files) == job.files
                assert all(self.world.library[file.path] == file.sha256 for file in job.files)

    @invariant()
    def no_download_starts_before_the_metadata_is_known(self) -> None:
        known = set()
        for _, job_id, event in self.world.events():
            if isinstance(event, MetadataRecorded):
                known.add(job_id)
            if isinstance(event, StageStarted) and event.stage in (Stage.DOWNLOAD, Stage.STORAGE):
                assert job_id in known

    @invariant()
    def pages_are_recorded_in_their_order_and_once_and_all_of_them_before_the_end(self) -> None:
        pages: list[tuple[str, ...]] = []
        for _, job_id, event in self.world.events():
            if isinstance(event, PageRecorded):
                assert job_id == THIRD
                pages.append(tuple(entry.video_id for entry in event.entries))
                assert (event.page, pages) == (len(pages), list(PAGES[: len(pages)]))
            if isinstance(event, ListingFinished):
                assert len(pages) == len(PAGES)

    @invariant()
    def who_looks_again_downloads_nothing(self) -> None:
        for _, job_id, event in self.world.events():
            if job_id == FOURTH and isinstance(event, StageStarted):
                assert event.stage is Stage.METADATA

    @invariant()
    def nobody_follows_itself_and_nobody_that_follows(self) -> None:
        for job in self.world.catalogue:
            if job.follows:
                assert job.of in {JOB, OTHER} - {job.job_id}
                assert not self.world.catalogue.job(job.of or "").follows

    @invariant()
    def the_attempts_at_each_stage_are_counted_without_a_gap(self) -> None:
        attempts: Counter[tuple[str, Stage]] = Counter()
        for _, job_id, event in self.world.events():
            if isinstance(event, StageStarted):
                attempts[job_id, event.stage] += 1
                assert event.attempt == attempts[job_id, event.stage]

    @invariant()
    def a_duplicate_repeats_what_another_job_had_archived_and_only_racers_archive_twice(self) -> None:
        """Both jobs end archived only by force, or when both had downloaded before either was stored."""
        archived: dict[str, tuple[ArchivedFile, ...]] = {}
        downloaded_after: dict[str, set[str]] = {}
        for _, job_id, event in self.world.events():
            if isinstance(event, DuplicateFound):
                assert event.of != job_id
                assert event.files == archived[event.of]
            if isinstance(event, MediaDownloaded):
                downloaded_after[job_id] = set(archived)
            if isinstance(event, VideoArchived):
                archived[job_id] = event.files
                assert self.world.catalogue.job(job_id).options.force or not downloaded_after[job_id]

    def teardown(self) -> None:
        """When all goes well from here on, every job comes to its end."""
        self.world.settle()
        for job_id in (JOB, OTHER, THIRD, FOURTH):  # until then, only who paused it can go on
            self.world.send(ResumeJob(job_id=job_id))
        self.world.settle()
        self.the_log_folds_into_the_live_state_and_its_chains_hold()
        self.what_is_archived_stays_archived_and_is_in_the_library()
        assert all(job.state.final for job in self.world.catalogue)
        self.seen.update(self.world.seen)
        self.seen[tuple(sorted(job.state for job in self.world.catalogue))] += 1


def test_whatever_the_world_does_nothing_is_lost_changed_or_stuck() -> None:
    """Given many histories, then all of the above held, and every kind of event was among them."""
    Archive.seen.clear()
    run_state_machine_as_test(
        Archive,
        settings=settings(
            max_examples=600,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(get_args(JobEvent)) <= set(Archive.seen)
    for states in ((State.ARCHIVED, State.ARCHIVED), (State.ARCHIVED, State.DUPLICATE)):
        assert Archive.seen[*states, State.LISTED]
