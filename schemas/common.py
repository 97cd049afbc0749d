"""Values that several conversations share."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

from schemas.envelope import (
    ByteCount,
    FileName,
    JobId,
    Moment,
    NodeName,
    Seconds,
    Sha256,
    Suffix,
    Text,
    VideoId,
    Wire,
)


class Stage(StrEnum):
    """The three pieces of work for one video, in their order; and the one for a collection of them."""

    METADATA = "metadata"
    DOWNLOAD = "download"
    STORAGE = "storage"
    LISTING = "listing"


class State(StrEnum):
    """Where a job stands. Those from `ARCHIVED` on are final.

    `LISTING` and `LISTED` are of jobs that list a collection. `SKIPPED` is a video that was not wanted, as
    its metadata showed. One that waits without being due follows another job of the same video.
    """

    SUBMITTED = "submitted"
    LISTING = "listing"
    RESOLVING = "resolving"
    DOWNLOADING = "downloading"
    STORING = "storing"
    WAITING = "waiting"
    PAUSED = "paused"
    ARCHIVED = "archived"
    DUPLICATE = "duplicate"
    LISTED = "listed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen unless a person asks for it."""
        return self in _FINAL


_FINAL = frozenset(
    {State.ARCHIVED, State.DUPLICATE, State.LISTED, State.SKIPPED, State.FAILED, State.CANCELLED}
)


class BatchState(StrEnum):
    """Where a batch stands. The last two are final."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """What goes first when workers are scarce."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Role(StrEnum):
    """What a file is to the video it belongs to."""

    MEDIA = "media"
    INFO = "info"
    THUMBNAIL = "thumbnail"
    SUBTITLES = "subtitles"
    LIVE_CHAT = "live_chat"
    DESCRIPTION = "description"


class Category(StrEnum):
    """The kinds of failure, each with its own treatment."""

    NETWORK = "network"
    SERVER_ERROR = "server_error"
    RATE_LIMIT = "rate_limit"
    BOT_CHECK = "bot_check"
    URL_EXPIRED = "url_expired"
    NEEDS_AUTH = "needs_auth"
    GONE = "gone"
    UNAVAILABLE = "unavailable"
    GEO = "geo"
    NOT_YET = "not_yet"
    DRM = "drm"
    EXTRACTOR = "extractor"
    REQUEST = "request"
    MEDIA = "media"
    DISK = "disk"
    ENVIRONMENT = "environment"
    BUG = "bug"


class Severity(StrEnum):
    """How much a failure matters, from what is nobody's business to what stops everything."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


BLOCKS: Final = frozenset({Category.RATE_LIMIT, Category.BOT_CHECK})
"""Kinds of failure that are about who asks, not about what is asked for."""


class Failure(Wire, frozen=True, kw_only=True):
    """Why something did not work, and what a person can do about it.

    `not_before` is when the site says it may work, such as the start of a premiere. `ytdlp` is the version
    that met it, `wording` what was said to the letter where `message` leaves something out.
    """

    category: Category
    message: Text
    hint: Text = ""
    not_before: Moment | None = None
    ytdlp: Text = ""
    wording: Text = ""


VideoKey = tuple[str, str]
"""The site of a video, and its id there."""


class Video(Wire, frozen=True, kw_only=True):
    """What a job needs to know about a video; the whole document is kept by claim check.

    `site` is the extractor's key in lower case, `duration` is in seconds, `upload_date` is ``YYYYMMDD``.
    """

    site: VideoId
    video_id: VideoId
    title: Text
    url: Text
    channel: Text | None = None
    channel_id: Text | None = None
    upload_date: Text | None = None
    duration: Seconds | None = None
    live_status: Text | None = None

    @property
    def key(self) -> VideoKey:
        """What tells it from all other videos."""
        return self.site, self.video_id


class Entry(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One video as a list shows it. Without `url` it is YouTube's address of `video_id`.

    `skip` says why it was left out: it was not chosen, or is `unavailable`. `of` is the job that has archived
    it already.
    """

    video_id: VideoId
    site: VideoId = "youtube"
    url: Text = ""
    title: Text = ""
    duration: Seconds | None = None
    skip: Text = ""
    unavailable: bool = False
    of: JobId | None = None

    @property
    def address(self) -> str:
        """Where the video is."""
        return self.url or f"https://www.youtube.com/watch?v={self.video_id}"

    @property
    def key(self) -> VideoKey:
        """What tells it from all other videos."""
        return self.site, self.video_id


Entries = Annotated[tuple[Entry, ...], Meta(max_length=200)]


class MetadataRef(Wire, frozen=True, kw_only=True):
    """Claim check of a metadata document, or a thumbnail: its name in the object store and its SHA-256.

    `stored` tells whether this fetch stored it, or found the latest payload unchanged.
    """

    name: Text
    fingerprint: Sha256
    stored: bool


class StagedFile(Wire, frozen=True, kw_only=True):
    """One file in a job's staging folder, by name only. `suffix` follows the media's stem in the library."""

    name: FileName
    suffix: Suffix
    role: Role
    bytes: ByteCount


class ArchivedFile(Wire, frozen=True, kw_only=True):
    """One file of the library, verified by reading it back. `path` is relative to the library, with ``/``."""

    path: Text
    role: Role
    bytes: ByteCount
    sha256: Sha256


class Verified(Wire, frozen=True, kw_only=True):
    """What the container held when every packet of it was read."""

    duration: Seconds
    video: bool
    audio: bool


class Staging(Wire, frozen=True, kw_only=True):
    """Where the downloaded files of a job wait: on which node, and which.

    `video` and `audio` tell which streams the source offers, and the media must therefore have. `duration`
    is how long the media lasts after parts were cut out of it; None where it must last as announced.
    """

    node: NodeName
    files: tuple[StagedFile, ...]
    video: bool = True
    audio: bool = True
    duration: Seconds | None = None
