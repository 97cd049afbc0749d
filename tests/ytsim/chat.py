"""The chat beside a stream that is over, page by page."""

from typing import Final

from tests.ytsim.innertube import Json, nested

MESSAGES: Final = 7
_PER_PAGE: Final = 3
_BEGINNING: Final = "liveChatHeaderRenderer.viewSelector.sortFilterSubMenuRenderer.subMenuItems"


def bar(video: str) -> Json:
    """Give what a watch page has of a chat: where its best messages begin."""
    return nested("liveChatRenderer.continuations", [_reload(f"chat:{video}:top")])


def replay(token: str) -> Json:
    """Give the page that a token ``chat:VIDEO:PAGE`` asks for; ``top`` says where all begin."""
    _, video, page = token.split(":")
    if page == "top":
        views = [{"continuation": _reload(f"chat:{video}:{view}")} for view in ("top", "0")]
        return _page([], header=nested(_BEGINNING, views))
    first = int(page) * _PER_PAGE
    numbers = range(first, min(first + _PER_PAGE, MESSAGES))
    if numbers.stop == MESSAGES:
        return _page([_message(number) for number in numbers])
    following = {"continuation": f"chat:{video}:{int(page) + 1}"}
    return _page(
        [_message(number) for number in numbers],
        continuations=[{"liveChatReplayContinuationData": following}],
    )


def _page(actions: list[Json], **more: object) -> Json:
    return nested("continuationContents.liveChatContinuation", {"actions": actions, **more})


def _reload(token: str) -> Json:
    return nested("reloadContinuationData.continuation", token)


def _message(number: int) -> Json:
    said = {"message": {"runs": [{"text": f"Message {number} \N{PARTY POPPER}"}]}, "id": f"m{number}"}
    item = nested("addChatItemAction.item.liveChatTextMessageRenderer", said)
    return {"replayChatItemAction": {"actions": [item], "videoOffsetTimeMsec": str(number * 1000)}}
