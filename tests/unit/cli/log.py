"""A log as those who watch it hear it."""

from collections.abc import Iterator

from schemas import codec, subjects
from schemas.common import Stage
from schemas.envelope import Commit
from schemas.events import Event, JobSubmitted, MediaDownloaded, MetadataRecorded, StageStarted, VideoArchived
from schemas.options import ArchiveOptions
from tests.jobs import AT, BATCH, MEDIA, METADATA, URL, VERIFIED, VIDEO, staging
from ytarchive.domain.replay import Head, follow
from ytarchive.runtime.event_log import Entry


class Log:
    """Gives messages in their order, each in its place in the chain of what it is about."""

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}
        self._sequence = 0

    def entry(self, name: str, *events: Event, aggregate: str = "job") -> Entry:
        """Give the next message, of one decision."""
        head = self._heads.get(name, Head())
        self._sequence += 1
        commit = Commit(
            aggregate=aggregate,
            aggregate_id=name,
            version=head.version + 1,
            previous=head.digest,
            at=AT,
            correlation_id="conversation",
            causation_id="cause",
            events=events,
        )
        payload = codec.encode(commit)
        self._heads[name] = follow(commit, payload)
        return Entry(self._sequence, subjects.event(aggregate, name), payload)

    def begun(self, name: str, batch: str = BATCH) -> Entry:
        """Have a job begin."""
        submitted = JobSubmitted(url=URL, options=ArchiveOptions(), batch=batch, title="Me at the zoo")
        return self.entry(name, submitted, StageStarted(stage=Stage.METADATA, attempt=1))

    def archived(self, name: str) -> Iterator[Entry]:
        """Have a job that has begun go on to its end."""
        recorded = MetadataRecorded(video=VIDEO, metadata=METADATA, extraction="there", egress="here")
        yield self.entry(name, recorded, StageStarted(stage=Stage.DOWNLOAD, attempt=1))
        downloaded = MediaDownloaded(staging=staging(), egress="here")
        yield self.entry(name, downloaded, StageStarted(stage=Stage.STORAGE, attempt=1))
        yield self.entry(name, VideoArchived(node="here", files=(MEDIA,), verified=VERIFIED))
