"""What may be wished for: how a video is kept, and which videos of a collection are."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import END, Seconds, Text, Wire


class Quality(StrEnum):
    """How much picture to keep: the best there is, at most so many lines, or sound alone."""

    BEST = "best"
    P2160 = "2160"
    P1440 = "1440"
    P1080 = "1080"
    P720 = "720"
    P480 = "480"
    AUDIO = "audio"


class Container(StrEnum):
    """What holds the streams of a video."""

    MKV = "mkv"
    MP4 = "mp4"
    WEBM = "webm"


class VideoCodec(StrEnum):
    """What a picture is encoded with."""

    AV1 = "av1"
    VP9 = "vp9"
    H265 = "h265"
    H264 = "h264"


class AudioCodec(StrEnum):
    """What sound is encoded with."""

    OPUS = "opus"
    AAC = "aac"


Date = Annotated[str, Meta(pattern="^[0-9]{8}" + END, description="YYYYMMDD")]
Pattern = Annotated[str, Meta(max_length=200, description="a regular expression, found anywhere, any case")]
Language = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9.*+?_-]{1,40}" + END, description="a regular expression of language tags"),
]
Segment = Literal[
    "sponsor", "intro", "outro", "selfpromo", "preview", "filler", "interaction", "music_offtopic", "hook"
]
"""What SponsorBlock calls the parts of a video that some would rather not see."""


class Profile(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """How a video is kept, and what is kept beside it.

    `container` and the codecs are preferred, not demanded. `subtitles` None means what the settings say.
    `sponsorblock_mark` makes chapters, `sponsorblock_cut` takes the parts out.
    """

    quality: Quality = Quality.BEST
    container: Container | None = None
    video_codec: VideoCodec | None = None
    audio_codec: AudioCodec | None = None
    subtitles: tuple[Language, ...] | None = None
    automatic_subtitles: bool = True
    thumbnail: bool = True
    description: bool = True
    comments: bool = False
    live_chat: bool = False
    chapters: bool = False
    sponsorblock_mark: tuple[Segment, ...] = ()
    sponsorblock_cut: tuple[Segment, ...] = ()


class Choices(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Which videos of a collection are archived. What is not known of a video rules nothing out.

    `since` and `until` are days of upload, both included. `newest` is so many of each list from its top,
    after all else that a list says was considered. `least_height` and `most_height` are in lines, along the
    shorter side: no more than the latter are downloaded.
    """

    since: Date | None = None
    until: Date | None = None
    shortest: Seconds | None = None
    longest: Seconds | None = None
    title: Pattern = ""
    title_not: Pattern = ""
    shorts: bool = True
    live: bool = True
    premieres: bool = True
    newest: Annotated[int, Meta(ge=1)] | None = None
    least_height: Annotated[int, Meta(ge=1)] | None = None
    most_height: Annotated[int, Meta(ge=1)] | None = None


class ArchiveOptions(Profile, frozen=True, kw_only=True, omit_defaults=True):
    """What the person who submitted asked for.

    `force` archives again what is already archived; `refresh` only looks at it again, and downloads nothing.
    `profile` is the name that the rest was found under.
    """

    force: bool = False
    refresh: bool = False
    profile: Text = ""
    choices: Choices = Choices()
