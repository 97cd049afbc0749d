"""Listing all that is behind an address, page by page, as the site gives it out.

A page is what one answer of the site brought, at most 200 entries. Lists within a list follow after it, one
after the other, each once. Every page says where to go on after it, so that whoever begins again asks only
for the first page of the list in hand once more, and then for what has not been handed out. Where the site
does not take its token back, the list is walked from its start, and what was handed out is passed over but
for its last page: entries may come twice, and none is lost where some have vanished from the list meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from schemas.options import Choices
from ytarchive.ytdlp.choices import chooser, glimpse, sighting
from ytarchive.ytdlp.extract import check_address
from ytarchive.ytdlp.pages import DEPTH, ENDLESS, PAGE, Listed, Page
from ytarchive.ytdlp.places import read
from ytarchive.ytdlp.session import Journal, session
from ytarchive.ytdlp.walk import Walk

_DATES: Final = {"approximate_date": ["true"]}

__all__ = ["DEPTH", "ENDLESS", "PAGE", "Listed", "Page", "list_collection"]


def list_collection(
    url: str,
    params: Mapping[str, Any],
    emit: Callable[[Page], None],
    *,
    choices: Choices,
    known: Sequence[str] = (),
    pages: int = 0,
    resume: str = "",
) -> Listed:
    """List what is behind `url`, and hand out its pages from the one after `pages` on.

    `resume` is what came with that page. A channel's tab is left where it is as `known`, which is what was at
    the top of each another time. What `choices` rule out is an entry that says why. Raises `YtdlpFailure`.
    """
    choose = chooser(choices)
    sites = _with_lists(params["allowed_extractors"])
    check_address(url, sites, searches=True)

    def why_not(found: Mapping[str, Any], tab: str) -> str:
        whole = found.get("_type", "video") == "video"
        return choose.why_not(sighting(found) if whole else glimpse(found, tab, datetime.now(UTC)))

    def too_old(found: Mapping[str, Any]) -> bool:
        latest = glimpse(found, "", datetime.now(UTC)).latest
        return bool(choices.since and latest and latest < choices.since)

    journal = Journal()
    with session({**params, **_params(params, choices), "allowed_extractors": sites}, journal) as ydl:
        walk = Walk(ydl, journal, emit, why_not, too_old, choices.newest, known, pages)
        return walk.all(url, read(resume) if pages else None)


def _with_lists(sites: Sequence[str]) -> list[str]:
    """Allow of each site also its lists: ``youtube`` is yt-dlp's name for single videos alone."""
    return [name for site in sites for name in (site, f"{site}:.*")]


def _params(params: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    given = params.get("extractor_args") or {}
    dated = choices.since or choices.until
    return {
        "extractor_args": given
        | {"youtubetab": {**given.get("youtubetab", {}), **(_DATES if dated else {})}},
        "noplaylist": False,
        "playlist_items": "0",  # of a channel, the addresses of its tabs, each asked for in its turn
    }
