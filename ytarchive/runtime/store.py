"""What the server keeps, how much it may, and whether it writes at all.

Of ours the system account tells everything. Elsewhere our account is told what it uses and may use, but
neither what room the disk has nor that a write has failed: who publishes then hears nothing (measured with
2.15.1).
"""

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from schemas.codec import MAX_BYTES
from schemas.diagnostics_reports import StoreReport
from ytarchive.amounts import amount

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus

T = TypeVar("T")

_ANSWER_SECONDS: Final = 5.0


class _Told(msgspec.Struct, frozen=True):
    description: str = ""


class _Limits(msgspec.Struct, frozen=True):
    max_storage: int = -1


class _Account(msgspec.Struct, frozen=True):
    storage: int = 0
    reserved_storage: int = 0
    limits: _Limits = _Limits()
    error: _Told | None = None


class _Disk(msgspec.Struct, frozen=True):
    storage: int = 0
    reserved_storage: int = 0
    config: _Limits = _Limits()


class _Health(msgspec.Struct, frozen=True):
    error: str = ""


class _Data(msgspec.Struct, frozen=True):
    data: msgspec.Raw = msgspec.Raw(b"{}")


async def whole_store(system: "Bus", pid: int) -> StoreReport:
    """Ask our server, whose process is `pid`, in its system account. Raises nats errors."""
    disk, health = await _ping(system, "JSZ", _Disk), await _ping(system, "HEALTHZ", _Health)
    fault, limit = health.error, disk.config.max_storage
    if not fault and 0 <= limit < disk.storage + MAX_BYTES:
        fault = f"it holds the {amount(limit)} for which there was room when it was started"
    return StoreReport(
        used=disk.storage, reserved=disk.reserved_storage, limit=_known(limit), fault=fault, pid=pid
    )


async def store_of_account(bus: "Bus") -> StoreReport:
    """Ask any server what our account on it uses and may use. Raises nats errors."""
    reply = await bus.client.request("$JS.API.INFO", b"", timeout=_ANSWER_SECONDS)
    found = msgspec.json.decode(reply.data, type=_Account)
    return StoreReport(
        used=found.storage,
        reserved=found.reserved_storage,
        limit=_known(found.limits.max_storage),
        fault=found.error.description if found.error else "",
    )


async def _ping(system: "Bus", what: str, kind: type[T]) -> T:
    reply = await system.client.request(f"$SYS.REQ.SERVER.PING.{what}", b"{}", timeout=_ANSWER_SECONDS)
    return msgspec.json.decode(msgspec.json.decode(reply.data, type=_Data).data, type=kind)


def _known(limit: int) -> int | None:
    return None if limit < 0 else limit
