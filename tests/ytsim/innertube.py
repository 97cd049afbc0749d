"""The atoms of the sites' JSON."""

from typing import Any, Final

from tests.ytsim.catalogue import CHANNEL, CHANNEL_ID, HANDLE

Json = dict[str, Any]

VISITOR: Final = "CgtzaW12aXNpdG9y"


def nested(path: str, value: object) -> Json:
    """Give `value` inside an object for each name in the dotted `path`: ``a.b`` gives ``{a: {b: value}}``."""
    for name in reversed(path.split(".")):
        value = {name: value}
    assert isinstance(value, dict)
    return value


def text(words: str) -> Json:
    """Give text that is all of one kind."""
    return {"simpleText": words}


def runs(words: str) -> Json:
    """Give text made of runs: one, here."""
    return {"runs": [{"text": words}]}


def byline() -> Json:
    """Give the channel's name, linked to the channel."""
    return {"runs": [{"text": CHANNEL, "navigationEndpoint": channel_endpoint()}]}


def channel_endpoint() -> Json:
    """Give a link to the channel."""
    return {"browseEndpoint": {"browseId": CHANNEL_ID, "canonicalBaseUrl": f"/{HANDLE}"}}


def continuation(token: str) -> Json:
    """Give the last item of a list that goes on."""
    return nested("continuationItemRenderer.continuationEndpoint.continuationCommand.token", token)


def thumbnails(video_id: str) -> list[Json]:
    """Give the small and the large picture of a video."""
    folder = f"https://i.ytimg.com/vi/{video_id}"
    return [
        {"url": f"{folder}/hqdefault.jpg", "width": 480, "height": 360},
        {"url": f"{folder}/maxresdefault.jpg", "width": 1280, "height": 720},
    ]
