"""Whether YouTube answers, asked as the workers ask: by yt-dlp, with the options that are set."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from schemas.common import Category
from schemas.diagnostics_reports import Finding, Grade
from ytarchive.errors import UsageError
from ytarchive.ytdlp.failures import YtdlpFailure
from ytarchive.ytdlp.options import base_params
from ytarchive.ytdlp.session import Journal, session

if TYPE_CHECKING:
    from ytarchive.settings import Settings

_CHECK: Final = "YouTube"
_FRONT_PAGE: Final = "https://www.youtube.com/"
_SECONDS: Final = 10
"""How long it may be silent, unless yt-dlp's options say."""


def site(settings: "Settings") -> Iterator[Finding]:
    """Ask for the front page; of options that yt-dlp does not take others tell."""
    try:
        params = base_params(settings)
    except UsageError:
        return
    params["socket_timeout"] = params["socket_timeout"] or _SECONDS
    began = time.monotonic()
    try:
        with session(params, Journal()) as ydl:
            ydl.urlopen(_FRONT_PAGE).close()
    except YtdlpFailure as error:
        away = error.failure.category is Category.NETWORK
        advice = "; is there a network, and is the proxy the right one?" if away else ""
        text = f"cannot be asked: {error.failure.message}{advice}"
        yield Finding(check=_CHECK, grade=Grade.FAILED, text=text, command="ytarchive config show")
    else:
        text = f"answers, within {max(time.monotonic() - began, 0.1):.1f} s"
        yield Finding(check=_CHECK, grade=Grade.OK, text=text)
