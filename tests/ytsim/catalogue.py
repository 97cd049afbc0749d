"""What the channel holds: ids, the state each video is in, and what is known of a video."""

import base64
import hashlib
import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

CHANNEL_ID: Final = "UCsimulatedchannel000000"
HANDLE: Final = "@simchannel"
CHANNEL: Final = "Simulated Channel"
PLAYLIST_ID: Final = "PLsimulatedplaylist0000000000000"
SHORTS: Final = 6
STREAMS: Final = 4
EMPTY_HANDLE: Final = "@emptychannel"
NO_CHANNEL_ID: Final = "UCthereisnosuchchannel00"
LOST_CHANNEL_ID: Final = "UCleadstothefrontpage000"
TERMINATED_HANDLE: Final = "@terminatedchannel"

_FIRST_UPLOAD: Final = 1_600_000_000  # 13 September 2020; one video a day
_DAYS: Final = 2_000  # after which the days begin again, so that none lies in the future


class Playlist(StrEnum):
    """The playlists that a list of playlists may show, by their ids."""

    ALL = PLAYLIST_ID
    EMPTY = "PLempty00000000000000000000000000"
    PRIVATE = "PLprivate000000000000000000000000"  # the site says that it does not exist
    OUROBOROS = "PLouroboros0000000000000000000000"  # the shorts, then a link to itself
    PATCHY = "PLpatchy0000000000000000000000000"  # the streams, then what is deleted or private


class State(StrEnum):
    """Everything that can be the matter with a video. The last group is served, with a peculiarity."""

    PRIVATE = "private"
    DELETED = "deleted"
    TERMINATED = "terminated"
    COPYRIGHT = "copyright"
    TOS = "tos"
    UNAVAILABLE = "unavailable"
    MEMBERS = "members"
    MEMBERS_LEVEL = "members_level"
    PAYMENT = "payment"
    AGE = "age"
    BOT = "bot"
    GEO = "geo"
    BLOCKED = "blocked"  # in this country, by somebody who holds a right to a part of it
    LOGIN = "login"
    RATELIMIT = "ratelimit"
    PROCESSING = "processing"
    RECORDING = "recording"
    RELOAD = "reload"
    UPCOMING = "upcoming"
    PREMIERE = "premiere"

    OK = "ok"
    NOFORMATS = "noformats"  # playable, but no stream is named
    DRM = "drm"
    SABR = "sabr"  # only the progressive format has a URL
    LIVE = "live"
    HLS = "hls"
    SIG = "sig"  # URLs are enciphered: the player's JavaScript must be run
    NPLAYER = "nplayer"  # the n challenge for every client
    WAIT = "wait"  # a pre-roll: the media may be asked for after 3 s
    SHORT_MEDIA = "short_media"  # well-formed files that last half of what is promised
    BIG = "big"  # large files, where the simulator was asked to have them
    CODECS = "codecs"  # pictures in three codecs at the largest size, in two of them at the smaller


@dataclass(frozen=True, slots=True)
class Edit:
    """What its owner made of a video since; a new picture has the address of the old one."""

    title: str = ""
    description: str = ""
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Video:
    """What is said of a video, whatever state it is in. `born` is the state or the kind it began with."""

    id: str
    index: int
    born: str
    streamed: bool = False
    edit: Edit = Edit()

    @property
    def title(self) -> str:
        """A title with what file names and shells do not like."""
        return self.edit.title or f'Video {self.index:04d} — {self.born} café / "quotes" #tag'

    @property
    def description(self) -> str:
        """A description with chapters."""
        chapters = "0:00 Intro\n0:04 Middle\n0:08 End\n"
        return self.edit.description or f"Description of {self.id}\n{chapters}"

    @property
    def uploaded(self) -> int:
        """Unix time."""
        return _FIRST_UPLOAD + self.index % _DAYS * 86_400

    @property
    def date(self) -> str:
        """ISO 8601, in California."""
        return time.strftime("%Y-%m-%dT10:00:00-07:00", time.gmtime(self.uploaded))

    @property
    def views(self) -> int:
        """How often it was seen."""
        return 1000 + self.index


class Catalogue:
    """The channel's videos, newest first as the lists show them, and one video for each state beside them.

    What a list goes on with is a token ``ERA~LIST:START``; those of another era are refused.
    """

    def __init__(self, videos: int) -> None:
        self.ids = [video_id(str(i)) for i in range(videos)]
        self.named = {state: video_id(f"s-{state}") for state in State}
        self.shorts = [video_id(f"short-{i}") for i in range(SHORTS)]
        self.streams = [video_id(f"stream-{i}") for i in range(STREAMS)]
        self._videos = {
            video.id: video
            for video in itertools.chain(
                _numbered(self.ids, 0, "ok"),
                (Video(id_, 1000 + i, state) for i, (state, id_) in enumerate(self.named.items())),
                _numbered(self.shorts, 1200, "short"),
                _numbered(self.streams, 1400, "stream"),
            )
        }
        self._first = self.ids
        self._states: dict[str, State] = {}
        self._edits: dict[str, Edit] = {}
        self.reset()

    def reset(self) -> None:
        """Give every video the state and the words, and every list the videos, it began with."""
        self._states = {id_: state for state, id_ in self.named.items()}
        self._edits = {}
        self.ids = self._first
        self._era = 0

    def publish(self) -> str:
        """Put a new video on top of the channel, and give its id."""
        number = len(self._videos)
        id_ = video_id(f"new-{number}")
        self._videos[id_] = Video(id_, number, "new")
        self.ids = [id_, *self.ids]
        return id_

    def unlist(self, id_: str) -> None:
        """Take a video off the lists. Raises ValueError where it is not among the channel's."""
        index = self.ids.index(id_)
        self.ids = self.ids[:index] + self.ids[index + 1 :]

    def token(self, name: str, start: int) -> str:
        """Give what the list called `name` goes on with."""
        return f"{self._era}~{name}:{start}"

    def place(self, token: str) -> tuple[str, int]:
        """Give the list, and the place in it, of a token. Raises ValueError where it is refused."""
        era, _, rest = token.partition("~")
        if era != str(self._era):
            raise ValueError(f"not a token of today: {token}")
        name, _, start = rest.rpartition(":")
        return name, int(start)

    def expire(self) -> None:
        """Begin another era."""
        self._era += 1

    def video(self, id_: str) -> Video | None:
        """Give the video as it is now, or None where nothing is known of the id."""
        video = self._videos.get(id_)
        return replace(video, edit=self._edits[id_]) if video and id_ in self._edits else video

    def change(self, id_: str, edit: Edit) -> None:
        """Have the owner edit a video. Raises KeyError for an unknown id."""
        self._edits[self._videos[id_].id] = edit

    def state(self, id_: str) -> State:
        """Give the state the video is in now."""
        return self._states.get(id_, State.OK)

    def flip(self, id_: str, state: State) -> None:
        """Change a video's state. Raises KeyError for an unknown id."""
        self._states[self._videos[id_].id] = state


def video_id(seed: str) -> str:
    """Give an id of eleven characters that is always the same for `seed`."""
    digest = hashlib.sha256(f"ytsim{seed}".encode()).digest()
    return base64.urlsafe_b64encode(digest)[:10].decode() + "A"


def _numbered(ids: Iterable[str], first: int, born: str) -> Iterable[Video]:
    return (Video(id_, first + i, born, streamed=born == "stream") for i, id_ in enumerate(ids))
