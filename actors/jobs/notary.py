"""Signed checkpoints of the log, where there is a key: every so many messages, and when somebody asks.

Nothing is signed that is not the log that was signed before, or that others have signed: that would make what
somebody else wrote ours. A person who knows better has it signed anew.
"""

from typing import TYPE_CHECKING

from schemas import codec, subjects
from schemas.queries import Checkpoint
from ytarchive.errors import UsageError
from ytarchive.runtime.signing import keep_mark, last_mark, load_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from nats.micro.request import Request

    from actors.jobs.desk import Desk
    from ytarchive.domain.checkpoints import Witness
    from ytarchive.runtime.event_log import Decision
    from ytarchive.runtime.process import Runtime


class Notary:
    """Signs what the desk, which has read the log, has recorded. Raises `UsageError` for a key of no use."""

    def __init__(self, runtime: "Runtime", desk: "Desk") -> None:
        settings = runtime.settings
        self._desk, self._every, self._log = desk, settings.checkpoint_every, runtime.log
        self._state = settings.state_dir
        self._signer = load_signer(settings.signing_key_file) if settings.signing_key_file else None
        self._mark = last_mark(self._state) if self._signer else None
        self._told = ""
        if not self._refused():
            self._keep()

    async def sign_if_due(self) -> None:
        """Sign where so many messages have come since the last checkpoint. Hold the desk's turn meanwhile."""
        if self._news >= self._every:
            await self._sign()

    async def answer(self, request: "Request") -> None:
        """Sign what is not covered yet, and tell how far the log is."""
        try:
            asked = codec.checkpoint_requests.decode(request.data)
        except codec.Undecodable as error:
            await request.respond_error("400", str(error))
            return
        async with self._desk.turn:
            await self._desk.is_current()
            if asked.anew:
                await self._begin_anew()
            elif self._covered < asked.sequence:
                await self._sign()
            refused = self._refused()
        key = self._signer.key if self._signer else None
        await request.respond(codec.encode(Checkpoint(sequence=self._covered, key=key, refused=refused)))

    async def _begin_anew(self) -> None:
        if (witness := self._desk.witness) and (why := self._refused()):
            self._log.warning("the log is signed anew, as it is now", sequence=self._desk.last, error=why)
            witness.accept()
            await self._desk.record(self._decisions)
            self._keep()
        else:
            await self._sign()

    async def _sign(self) -> None:
        if self._signer and not self._refused():
            await self._desk.record(self._decisions)
            self._keep()

    def _refused(self) -> str:
        """Say why nothing is signed, if there is a reason."""
        why = next(self._doubts(self._desk.witness), "") if self._desk.witness else ""
        if why and why != self._told:
            self._log.error(
                "the log is not signed", error=why, hint="`ytarchive events sign --anew` signs it as it is"
            )
        self._told = why
        return why

    def _doubts(self, witness: "Witness") -> "Iterator[str]":
        mark = self._mark
        known = mark.sequence if mark else 0
        others = [*self._desk.faults, *(witness.strangers if mark else witness.unsigned)]
        for fault in (*witness.departed, *(one for one in others if one.sequence > known)):
            yield f"message {fault.sequence}: {fault.detail}"

    def _keep(self) -> None:
        """Remember what was signed last. Where that cannot be, what was signed before still holds."""
        newest = self._desk.witness.newest if self._desk.witness else None
        if newest and newest != self._mark:
            self._mark = newest
            try:
                keep_mark(self._state, newest)
            except UsageError as error:
                self._log.error("what was signed cannot be remembered", error=str(error))

    @property
    def _covered(self) -> int:
        """Up to where the log is covered: by our key, if there is one, for others may know no other."""
        if not self._signer or not self._desk.witness:
            return self._desk.catalogue.covered.sequence
        covered = self._desk.witness.covered
        return covered.sequence if covered.by == self._signer.key else 0

    @property
    def _news(self) -> int:
        """How many messages there are behind what is covered, and behind the checkpoint that covers it."""
        return self._desk.last - (self._covered + 1 if self._covered else 0)

    def _decisions(self, _at: "datetime") -> "list[Decision]":
        if self._news <= 0 or not self._signer or not self._desk.witness:
            return []
        event = self._signer.checkpoint(self._desk.witness.edge(self._desk.last))
        return [self._desk.decision("log", subjects.LOG_ID, (event,), "", "")]
