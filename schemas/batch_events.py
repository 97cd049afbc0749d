"""What happened to a batch: that which was asked for together."""

from typing import Annotated

from msgspec import Meta

from schemas.commands import Sources
from schemas.common import Priority, State
from schemas.envelope import Message, Text
from schemas.options import ArchiveOptions


class BatchSubmitted(Message, frozen=True, kw_only=True, tag="batch.submitted"):
    """Somebody asked for all that these addresses lead to."""

    title: Text
    sources: Sources
    options: ArchiveOptions
    priority: Priority = Priority.NORMAL
    whole: bool = False
    more: bool = False


class BatchExtended(Message, frozen=True, kw_only=True, tag="batch.extended"):
    """Further sources of the batch came."""

    part: Annotated[int, Meta(ge=1)]
    sources: Sources
    more: bool = False


class BatchPaused(Message, frozen=True, kw_only=True, tag="batch.paused"):
    """Somebody let the batch rest, and with it every job of it that goes on.

    So many videos were `known` by then to be archived before, or `skipped`.
    """

    reason: Text = ""
    known: int = 0
    skipped: int = 0


class BatchResumed(Message, frozen=True, kw_only=True, tag="batch.resumed"):
    """The batch goes on, with what was paused of it; or a list of it that had failed is looked at again."""


class BatchRetried(Message, frozen=True, kw_only=True, tag="batch.retried"):
    """Whatever waits, failed or was cancelled of the batch until now is tried again."""


class BatchCancelled(Message, frozen=True, kw_only=True, tag="batch.cancelled"):
    """Somebody called the batch off, and with it every job of it.

    So many videos were `known` by then to be archived before, or `skipped`.
    """

    reason: Text = ""
    keep: bool = False
    known: int = 0
    skipped: int = 0


class BatchFinished(Message, frozen=True, kw_only=True, tag="batch.finished"):
    """Everything of the batch has ended: so many jobs in each state, `known` videos archived before."""

    counts: dict[State, int]
    known: int = 0
    skipped: int = 0


BatchEvent = (
    BatchSubmitted
    | BatchExtended
    | BatchPaused
    | BatchResumed
    | BatchRetried
    | BatchCancelled
    | BatchFinished
)
