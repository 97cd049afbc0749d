"""Messages nobody could read or handle: kept with the reason, never dropped."""

from schemas.envelope import Message, Moment, Text


class DeadLetter(Message, frozen=True, kw_only=True, tag="dead_letter"):
    """`payload` holds the message as it came (base64 in JSON); `truncated` when only its beginning."""

    at: Moment
    actor: Text
    subject: Text
    reason: Text
    payload: bytes
    truncated: bool = False
    headers: dict[str, str] = {}
