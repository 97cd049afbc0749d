"""Signed checkpoints of the log, where there is a key: every so many messages, and when somebody asks."""

from typing import TYPE_CHECKING

from schemas import codec, subjects
from schemas.queries import Checkpoint
from ytarchive.runtime.signing import load_signer, remember

if TYPE_CHECKING:
    from datetime import datetime

    from nats.micro.request import Request

    from actors.jobs.desk import Desk
    from ytarchive.runtime.event_log import Decision
    from ytarchive.settings import Settings


class Notary:
    """Signs what the desk has recorded. Raises `UsageError` where the key cannot be used."""

    def __init__(self, settings: "Settings", desk: "Desk") -> None:
        self._desk, self._every = desk, settings.checkpoint_every
        self._signer = load_signer(settings.signing_key_file) if settings.signing_key_file else None
        if self._signer:
            remember(settings.state_dir, [self._signer.key])

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
            if self._covered < asked.sequence:
                await self._sign()
        key = self._signer.key if self._signer else None
        await request.respond(codec.encode(Checkpoint(sequence=self._covered, key=key)))

    async def _sign(self) -> None:
        if self._signer:
            await self._desk.record(self._decisions)

    @property
    def _covered(self) -> int:
        """Up to where the log is covered: by our key, if there is one, for others may know no other."""
        covered = self._desk.catalogue.covered
        return 0 if self._signer and covered.by != self._signer.key else covered.sequence

    @property
    def _news(self) -> int:
        """How many messages there are behind what is covered, and behind the checkpoint that covers it."""
        return self._desk.last - (self._covered + 1 if self._covered else 0)

    def _decisions(self, _at: "datetime") -> "list[Decision]":
        if self._news <= 0 or not self._signer:
            return []
        event = self._signer.checkpoint(self._desk.edge())
        return [self._desk.decision("log", subjects.LOG_ID, (event,), "", "")]
