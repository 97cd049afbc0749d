"""The lines of a log as a file.

A line that is altered, left out, put in or moved shows in its own ``check`` or in that of the line behind
it, whatever else it says. What shows nowhere is a file that somebody wrote anew, checks and root included:
for that there are signed checkpoints.
"""

import hashlib
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from schemas import codec
from schemas.log_file import FORMAT, LogBegins, LogEdge, LogEnds, LogMessage
from ytarchive.domain.log_check import LogCheck

MAX_LINE_BYTES: Final = 8 * codec.MAX_BYTES
"""Of a message six times as long where all of it has to be escaped."""
lines: codec.Codec[LogBegins | LogMessage | LogEnds] = codec.Codec(
    LogBegins | LogMessage | LogEnds, MAX_LINE_BYTES
)
_BEFORE: Final = b',"check":"'
_BEHIND: Final = b'"}'
_CHECK_DIGITS: Final = 16
_TAIL: Final = len(_BEFORE) + _CHECK_DIGITS + len(_BEHIND)


class Stored(NamedTuple):
    """One message of the log, with when the server stored it, in the server's words, and under what id."""

    sequence: int
    subject: str
    payload: bytes
    at: str = ""
    id: str = ""


class Lines:
    """Makes the lines of one file, each with the line break behind it."""

    def __init__(self) -> None:
        self._last = b""
        self._first_sequence = self._messages = self._last_sequence = 0

    def begin(self, program: str, at: datetime, after: LogEdge) -> bytes:
        """Give the first line."""
        return self._line(LogBegins(format=FORMAT, program=program, at=at, after=after))

    def message(self, stored: Stored) -> bytes:
        """Give the line of a message."""
        self._messages += 1
        self._first_sequence = self._first_sequence or stored.sequence
        self._last_sequence = stored.sequence
        usual = stored.id == usual_id(stored.payload)
        line = LogMessage(
            seq=stored.sequence, at=stored.at, subject=stored.subject, id=None if usual else stored.id
        )
        try:
            line = msgspec.structs.replace(line, payload=stored.payload.decode())
        except UnicodeDecodeError:
            line = msgspec.structs.replace(line, raw=stored.payload)
        return self._line(line)

    def end(self, check: LogCheck, sequence: int) -> bytes:
        """Give the last line: the log went up to `sequence`, and this is what was seen of all of it."""
        return self._line(
            LogEnds(
                messages=self._messages,
                first=self._first_sequence,
                last=self._last_sequence,
                edge=check.edge(sequence),
                heads=check.heads,
                faults=len(check.faults) + len(check.holes),
            )
        )

    def _line(self, line: LogBegins | LogMessage | LogEnds) -> bytes:
        body = codec.encode(line)
        self._last = check_of(self._last, body)
        return b"%b%b%b%b\n" % (body[:-1], _BEFORE, self._last, _BEHIND)


def usual_id(payload: bytes) -> str:
    """Give the message id under which a commit is appended."""
    return hashlib.sha256(payload).hexdigest()[:32]


def check_of(last: bytes, body: bytes) -> bytes:
    """Give the check of a line, by that of the line before it."""
    return hashlib.sha256(last + body).hexdigest()[:_CHECK_DIGITS].encode()


def taken_apart(line: bytes) -> tuple[bytes, bytes, bool]:
    """Give a line without its check, the check, and whether they stand together as they should."""
    tail = line[-_TAIL:]
    check = tail[len(_BEFORE) : -len(_BEHIND)]
    return line[:-_TAIL] + b"}", check, tail == b"%b%b%b" % (_BEFORE, check, _BEHIND)
