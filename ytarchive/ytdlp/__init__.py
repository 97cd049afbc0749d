"""The one door to yt-dlp: which options it gets, what it is asked, and what its errors mean.

Nothing else imports yt_dlp, and importing this package does not: its functions do, when called, in worker
processes that have it loaded already. What becomes of a result is not decided here.
"""

from typing import Final

PRELOAD: Final = (
    "yt_dlp",
    "yt_dlp.extractor.youtube",
    "yt_dlp.postprocessor",
    "yt_dlp.networking._requests",
    "ytarchive.ytdlp.download",
    "ytarchive.ytdlp.extract",
    "ytarchive.ytdlp.listing",
)
"""Modules worth importing once, in the process the workers are forked from."""
