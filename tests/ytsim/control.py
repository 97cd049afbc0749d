"""``/__sim__/``: how a test, in whatever process, steers the sites and sees what was asked of them."""

from typing import Final

import msgspec

from tests.ytsim.catalogue import Edit, State
from tests.ytsim.reply import Reply, json_reply
from tests.ytsim.site import Request, Site

PREFIX: Final = "/__sim__/"


class Directory(msgspec.Struct, frozen=True):
    """Every id there is, and the folder with the ordinary media files."""

    ids: list[str]
    named: dict[str, str]
    shorts: list[str]
    streams: list[str]
    media: str


class Change(msgspec.Struct, frozen=True):
    """A video is now said to be otherwise."""

    id: str
    edit: Edit


class Flip(msgspec.Struct, frozen=True):
    """A video is now in another state."""

    id: str
    state: State


def control(site: Site, request: Request) -> Reply:
    """Answer a test: 400 with the reason where it asks for what does not exist."""
    try:
        return _control(site, request)
    except (msgspec.MsgspecError, KeyError, ValueError) as error:
        return json_reply({"error": f"{type(error).__name__}: {error}"}, 400)


def _control(site: Site, request: Request) -> Reply:
    match request.method, request.path.removeprefix(PREFIX):
        case "GET", "ids":
            return json_reply(_directory(site))
        case "GET", "log":
            return json_reply(site.requests(clear="clear" in request.query))
        case "GET", "knobs":
            return json_reply(site.knobs)
        case "POST", "set":
            site.turn(msgspec.json.decode(request.body, type=dict[str, object]))
        case "POST", "state":
            flip = msgspec.json.decode(request.body, type=Flip)
            site.catalogue.flip(flip.id, flip.state)
        case "POST", "edit":
            change = msgspec.json.decode(request.body, type=Change)
            site.catalogue.change(change.id, change.edit)
        case "POST", "publish":
            return json_reply(site.catalogue.publish())
        case "POST", "unlist":
            site.catalogue.unlist(msgspec.json.decode(request.body, type=str))
        case "POST", "expire":
            site.catalogue.expire()
        case "POST", "reset":
            site.reset()
        case _, what:
            raise KeyError(what)
    return json_reply({})


def _directory(site: Site) -> Directory:
    catalogue = site.catalogue
    named = {str(state): id_ for state, id_ in catalogue.named.items()}
    folder = str(site.media.folder)
    return Directory(catalogue.ids, named, catalogue.shorts, catalogue.streams, folder)
