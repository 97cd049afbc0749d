"""The faults a test may ask for."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, lt=1)]

Fault = Literal[
    "api_429",
    "api_503",
    "api_late",
    "api_garbage",
    "media_403",
    "media_error",
    "media_empty",
    "drop_after",
    "sponsorblock_503",
]
"""The knobs that count down, one for each time the fault is shown."""

URL_LIFE: Final = 21_600


class Knobs(msgspec.Struct, forbid_unknown_fields=True):
    """How the sites behave. As made: at once, at full speed, without a fault.

    latency         seconds before every answer
    media_latency   seconds more before media
    media_bps       bytes per second of media on one connection; 0 is no limit
    drop_after      the next body of media that reaches this many bytes is cut off there, once
    media_truncate  share of every media file that is missing at its end, though the metadata promises it all:
                    Content-Length and Content-Range are those of the shorter file
    media_403       so many requests for media are refused
    media_error     so many requests for media fail with 500
    media_empty     so many are answered as if all were well, but without a byte
    api_429         so many requests for pages and API calls are refused with 429
    api_503         so many fail with 503
    api_late        so many are answered a second late
    api_garbage     so many are answered with a page that says nothing
    sponsorblock_503  so many questions to SponsorBlock fail with 503
    page_latency    seconds before the page `slow_page` of every list is answered
    page_429        this page of every list, from 2, is refused with 429
    page_503        this page of every list fails with 503
    page_empty      this page of every list is answered without a word of it
    ttl             seconds that new media URLs live; a negative number gives expired ones
    ignore_range    media is always sent whole, with 200
    player_kb       size of the player's JavaScript; the real one has 2700
    """

    latency: Seconds = 0.0
    media_latency: Seconds = 0.0
    media_bps: Count = 0
    drop_after: Count = 0
    media_truncate: Share = 0.0
    media_403: Count = 0
    media_error: Count = 0
    media_empty: Count = 0
    api_429: Count = 0
    api_503: Count = 0
    api_late: Count = 0
    api_garbage: Count = 0
    sponsorblock_503: Count = 0
    page_latency: Seconds = 0.0
    slow_page: Count = 0
    page_429: Count = 0
    page_503: Count = 0
    page_empty: Count = 0
    ttl: int = URL_LIFE
    ignore_range: bool = False
    player_kb: Count = 0

    def turned(self, changes: dict[str, object]) -> "Knobs":
        """Give these knobs with `changes`. Raises msgspec.ValidationError for one that cannot be."""
        return msgspec.convert({**msgspec.structs.asdict(self), **changes}, Knobs)
