"""Where in a collection a listing stands: what is needed to go on after its worker was killed."""

from typing import Final

import msgspec

_LONGEST: Final = 8192


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is still to be listed: of `lists` the first from here on, and all others.

    A list is an address and how deep it lies in the collection. Of the first, `pages` and `entries` were
    handed out, `accepted` of which were chosen; `token` is what the site wants to hear for its next page.
    `notes`, a count of each, are what is to be told in the end.
    """

    lists: tuple[tuple[str, int], ...] = ()
    pages: int = 0
    entries: int = 0
    accepted: int = 0
    token: str = ""
    notes: dict[str, int] = {}


def written(place: Place) -> str:
    """Give the place as text, without its token if it has to be; nothing where it is too long even so.

    A list without an address cannot be gone back to.
    """
    if not all(url for url, _ in place.lists):
        return ""
    for one in (place, msgspec.structs.replace(place, token="")):
        text = msgspec.json.encode(one).decode()
        if len(text) <= _LONGEST:
            return text
    return ""


def read(text: str) -> Place | None:
    """Give the place that was written; None if there is none, or it cannot be understood."""
    try:
        return msgspec.json.decode(text, type=Place) if text else None
    except msgspec.DecodeError:
        return None
