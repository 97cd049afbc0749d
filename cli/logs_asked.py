"""Asking the logs actor for the lines it keeps."""

from typing import TYPE_CHECKING, Final

import msgspec
import nats.errors
from nats.micro.request import ERROR_HEADER

from schemas import codec, subjects
from ytarchive.errors import ServerUnavailable, TimedOut, YtarchiveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from schemas.logs import AskLogs, LogPage
    from ytarchive.runtime.bus import Bus

_ANSWER_SECONDS: Final = 10.0


async def ask_pages(bus: "Bus", asked: "AskLogs") -> "AsyncIterator[LogPage]":
    """Give page after page, all from the node that gave the first.

    Raises `ServerUnavailable` where no logs actor runs, and `TimedOut` where it is mute.
    """
    node = None
    while True:
        page = await _ask(bus, asked, node)
        yield page
        if not page.place:
            return
        node, asked = page.node, msgspec.structs.replace(asked, place=page.place)


async def _ask(bus: "Bus", asked: "AskLogs", node: str | None) -> "LogPage":
    subject = subjects.query("logs", node=node)
    try:
        reply = await bus.client.request(subject, codec.encode(asked), timeout=_ANSWER_SECONDS)
    except nats.errors.NoRespondersError as error:
        raise ServerUnavailable("no logs actor runs", hint="`ytarchive actor logs` starts one.") from error
    except nats.errors.TimeoutError as error:
        raise TimedOut("the logs actor does not answer", hint="Its own output may tell why.") from error
    if refused := (reply.headers or {}).get(ERROR_HEADER):
        raise YtarchiveError(f"the logs actor refuses: {refused}")
    return codec.log_pages.decode(reply.data)
