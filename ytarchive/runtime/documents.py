"""Documents in the object store: kept by who is about to refer to them, removed when nobody will.

They are metadata, and thumbnails. A document is an entry under its name and the pieces the entry points to.
Who finds the document there writes the entry anew, if it is still the one found; who removes it purges the
entry seen, and no newer one. So of two at the same time one sees the other: what `keep` has returned from is
there, and is as young as that.
"""

import base64
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Container
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from nats.js.errors import APIError, NotFoundError

from ytarchive.runtime import event_log
from ytarchive.runtime.bus import SequenceConflict
from ytarchive.runtime.topology import METADATA_BUCKET

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus

_STREAM: Final = f"OBJ_{METADATA_BUCKET}"
_ENTRIES: Final = f"$O.{METADATA_BUCKET}.M"
_PIECES: Final = f"$O.{METADATA_BUCKET}.C"


class _Object(msgspec.Struct, frozen=True):
    """What an entry says."""

    name: str
    nuid: str


class Removed(NamedTuple):
    """The names of the documents that are gone, and how many had left pieces without an entry."""

    names: tuple[str, ...]
    broken: int


async def keep(bus: "Bus", name: str, document: bytes) -> bool:
    """Have a document in the store under its name; tell whether it was put there now. Raises nats errors."""
    subject = _subject(name)
    while True:
        try:
            entry = await bus.js.get_last_msg(_STREAM, subject)
        except NotFoundError:
            store = await bus.js.object_store(METADATA_BUCKET)
            await store.put(name, document)
            return True
        with contextlib.suppress(SequenceConflict):  # removed, or written anew by another: look again
            await bus.publish(
                subject,
                entry.data or b"",
                msg_id=f"{name}:{entry.seq}",
                last_subject_sequence=entry.seq,
                headers={"Nats-Rollup": "sub"},
            )
            return False


async def fetch(bus: "Bus", name: str, digest: str) -> bytes | None:
    """Give the document of that SHA-256; None where it is lost or another. Raises nats errors, TimeoutError.

    By its pieces, as the client would wait for ever for one that is lost.
    """
    try:
        entry = await bus.js.get_last_msg(_STREAM, _subject(name))
        found = msgspec.json.decode(entry.data or b"", type=_Object)
    except (NotFoundError, msgspec.DecodeError):
        return None
    pieces = event_log.read(bus, stream=_STREAM, subject=f"{_PIECES}.{found.nuid}")
    content = b"".join([piece.payload async for piece in pieces])
    return content if hashlib.sha256(content).hexdigest() == digest else None


async def remove(bus: "Bus", referred: Container[str], *, since: datetime, until: datetime) -> Removed:
    """Remove documents kept last between two moments, by the server's clock, to which nobody refers.

    So too pieces of documents of which there is no entry. Raises nats errors.
    """
    names: list[str] = []
    living: set[str] = set()
    pieces = [subject async for subject in _subjects(bus, f"{_PIECES}.*")]
    entries = [entry async for entry in event_log.read(bus, stream=_STREAM, subject=f"{_ENTRIES}.*")]
    for stored in entries:  # as they were: each that is found meanwhile is written anew
        try:
            found = msgspec.json.decode(stored.payload, type=_Object)
        except msgspec.DecodeError:
            pieces = []  # any of them may be its
            continue
        if (
            found.name not in referred
            and await _within(bus, since, until, seq=stored.sequence)
            and await _purged(bus, stored.subject, stored.sequence)
        ):
            names.append(found.name)
        else:
            living.add(found.nuid)
    unused = [subject for subject in pieces if subject.rpartition(".")[2] not in living]
    broken = 0
    for subject in unused:
        if await _within(bus, since, until, subject=subject):
            broken += bool(await _purged(bus, subject))
    return Removed(tuple(names), broken - len(names))


def _subject(name: str) -> str:
    return f"{_ENTRIES}.{base64.urlsafe_b64encode(name.encode()).decode()}"


async def _within(bus: "Bus", since: datetime, until: datetime, **message: Any) -> bool:
    """Tell whether a message is there, and was stored between two moments."""
    try:
        stored = await bus.js.get_msg(_STREAM, **message, direct=True)
    except NotFoundError:
        return False
    return stored.time is not None and since <= stored.time < until


async def _purged(bus: "Bus", subject: str, last: int | None = None) -> int:
    """Purge a subject, of messages up to the sequence `last`, and give how many there were."""
    wanted = {"filter": subject} | ({} if last is None else {"seq": last + 1})
    return int((await _ask(bus, "PURGE", wanted))["purged"])


async def _subjects(bus: "Bus", wanted: str) -> AsyncIterator[str]:
    """Give the subjects of the store, of which the server tells so many at a time."""
    offset = 0
    while True:
        told = await _ask(bus, "INFO", {"subjects_filter": wanted, "offset": offset})
        page = told["state"].get("subjects") or {}
        for subject in page:
            yield subject
        offset += len(page)
        if not page or offset >= told["total"]:
            return


async def _ask(bus: "Bus", what: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = await bus.client.request(f"$JS.API.STREAM.{what}.{_STREAM}", json.dumps(request).encode(), 5)
    told: dict[str, Any] = json.loads(answer.data)
    if "error" in told:
        raise APIError.from_error(told["error"])
    return told
