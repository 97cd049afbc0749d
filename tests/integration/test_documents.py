"""What was kept for somebody is there for him, whoever removes at the same time; the rest goes, whole."""

import asyncio
import hashlib
import threading
import time
from collections.abc import Container
from datetime import UTC, datetime, timedelta

import pytest

from ytarchive.runtime import documents, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.documents import Removed

NAME, DOCUMENT = "youtube/jNQXAC9IVRw/doc", b"d" * 300_000
STREAM = f"OBJ_{topology.METADATA_BUCKET}"
HOUR = timedelta(hours=1)


async def remove(
    bus: Bus, referred: Container[str] = (), since: timedelta = -HOUR, until: timedelta = HOUR
) -> Removed:
    now = datetime.now(UTC)
    return await documents.remove(bus, referred, since=now + since, until=now + until)


async def stored(bus: Bus, name: str = NAME) -> bytes | None:
    return (await (await bus.js.object_store(topology.METADATA_BUCKET)).get(name)).data


async def left(bus: Bus) -> int:
    return (await bus.js.stream_info(STREAM)).state.messages


class Meanwhile:
    """A set of no names. While it is asked for one, somebody else keeps the document of that name."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __contains__(self, name: object) -> bool:
        other = threading.Thread(target=asyncio.run, args=(self._keep(str(name)),))
        other.start()
        other.join()
        return False

    async def _keep(self, name: str) -> None:
        async with connect(self._url, None, name="other") as bus:
            assert not await documents.keep(bus, name, DOCUMENT)


async def test_a_document_is_put_once_and_found_from_then_on(bus: Bus) -> None:
    assert [await documents.keep(bus, NAME, DOCUMENT) for _ in range(3)] == [True, False, False]
    assert await stored(bus) == DOCUMENT
    assert await left(bus) == 3 + 1


async def test_a_document_is_given_whole_or_not_at_all(bus: Bus) -> None:
    digest = hashlib.sha256(DOCUMENT).hexdigest()
    await documents.keep(bus, NAME, DOCUMENT)
    assert await documents.fetch(bus, NAME, digest) == DOCUMENT
    assert await documents.fetch(bus, NAME, "0" * 64) is None
    assert await documents.fetch(bus, "no such document", digest) is None
    await bus.js.delete_msg(STREAM, 2)  # a piece of it
    assert await documents.fetch(bus, NAME, digest) is None


async def test_a_document_nobody_refers_to_is_removed_whole_and_another_is_not(bus: Bus) -> None:
    for name in (NAME, "other"):
        await documents.keep(bus, name, DOCUMENT)
    assert await remove(bus, ("other",)) == ((NAME,), 0)
    assert await left(bus) == 3 + 1
    assert await stored(bus, "other") == DOCUMENT
    assert await remove(bus, ("other",)) == ((), 0)


@pytest.mark.parametrize(("since", "until"), [(-HOUR, -HOUR / 2), (HOUR / 2, HOUR)])
async def test_what_is_younger_or_older_stays(bus: Bus, since: timedelta, until: timedelta) -> None:
    await documents.keep(bus, NAME, DOCUMENT)
    await bus.js.publish(f"$O.{topology.METADATA_BUCKET}.C.lost", b"a piece")
    assert await remove(bus, since=since, until=until) == ((), 0)
    assert await left(bus) == 3 + 1 + 1


async def test_a_document_is_as_young_as_it_was_found_last(bus: Bus) -> None:
    await documents.keep(bus, NAME, DOCUMENT)
    put = datetime.now(UTC)
    await documents.keep(bus, NAME, DOCUMENT)
    assert await documents.remove(bus, (), since=put - HOUR, until=put) == ((), 0)
    assert await stored(bus) == DOCUMENT


async def test_pieces_whose_entry_was_never_written_are_removed(bus: Bus) -> None:
    await documents.keep(bus, NAME, DOCUMENT)
    for _ in range(2):
        await bus.js.publish(f"$O.{topology.METADATA_BUCKET}.C.lost", b"a piece")
    assert await remove(bus, (NAME,)) == ((), 1)
    assert await left(bus) == 3 + 1
    assert await stored(bus) == DOCUMENT


async def test_where_an_entry_cannot_be_read_no_pieces_are_removed_by_themselves(bus: Bus) -> None:
    await documents.keep(bus, NAME, DOCUMENT)
    await bus.js.publish(f"$O.{topology.METADATA_BUCKET}.M.odd", b"no entry")
    await bus.js.publish(f"$O.{topology.METADATA_BUCKET}.C.lost", b"a piece")
    assert await remove(bus, (NAME,)) == ((), 0)
    assert await left(bus) == 3 + 1 + 1 + 1


async def test_what_somebody_finds_while_it_is_about_to_be_removed_stays(bus: Bus, nats_url: str) -> None:
    await documents.keep(bus, NAME, DOCUMENT)
    assert await remove(bus, Meanwhile(nats_url)) == ((), 0)
    assert await stored(bus) == DOCUMENT


async def test_what_is_kept_while_somebody_removes_is_there(bus: Bus, nats_url: str) -> None:
    both, ends = {(True, 1), (False, 0)}, set[tuple[bool, int]]()
    async with connect(nats_url, None, name="other") as other:
        await documents.keep(bus, NAME, DOCUMENT[:10])
        began = time.monotonic()
        assert (await remove(other)).names == (NAME,)
        took = time.monotonic() - began
        for number in range(600):  # later and later into the removal, however long that takes here
            if number >= 60 and both <= ends:
                break
            now = datetime.now(UTC)  # what is kept from here on is too young to be removed
            removing = asyncio.create_task(documents.remove(other, (), since=now - HOUR, until=now))
            await asyncio.sleep(number / 40 * took)
            put = await documents.keep(bus, NAME, DOCUMENT[:10])
            removed = await removing
            ends.add((put, len(removed.names)))
            assert await stored(bus) == DOCUMENT[:10]
            assert await left(bus) <= 1 + 1 + 1
    assert both <= ends
