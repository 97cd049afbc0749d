"""A log as a file, read as a sceptic does: every fault with its line, and the message it is about."""

from collections.abc import Iterable, Iterator

import msgspec

from schemas import codec
from schemas.log_file import FORMAT, LogBegins, LogEdge, LogEnds, LogMessage
from ytarchive.domain.checkpoints import ANYBODY, Trust
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Stored, check_of, lines, taken_apart, usual_id

_MANY = 1000
_KINDS = {kind.__struct_config__.tag for kind in (LogBegins, LogMessage, LogEnds)}


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a file, and where: at a line, about a message, 0 where that is not known."""

    line: int
    sequence: int
    detail: str


class LogReader:
    """Reads one file, line by line; `check` is what was seen of the log by then, in those before it too.

    `previous` is the reader of the file before it, if there is one: it goes on from that, or is all of the
    same log, up to the end of that and on. Of a file with a fault only the lines are looked at any further,
    and no message of it is given from there on.
    """

    def __init__(self, previous: "LogReader | None" = None, *, trust: Trust = ANYBODY) -> None:
        self.faults: list[Fault] = []
        self.begins: LogBegins | None = None
        self.ends: LogEnds | None = None
        self.messages = 0
        self._previous = previous if previous and not previous.faults else None
        self._trust = trust
        self.check: LogCheck = self._previous.check if self._previous else LogCheck(trust=trust)
        self._number = self._first = 0
        self._last = b""
        self._onto: LogEdge | None = None
        self.newer = False
        """Whether a newer version has written it."""

    def read(self, lines: Iterable[bytes]) -> Iterator[Stored]:
        """Read lines without their breaks, and give the messages in them, as long as nothing is wrong."""
        for line in lines:
            if found := self._read(line):
                yield found
            if self.newer or len(self.faults) > _MANY:
                return

    def finish(self, broken: str = "", given: int = 0, *, whole: bool = False) -> None:
        """Learn that there are no more lines, or why the rest cannot be read.

        Then the fault is among the last `given` lines, or, unless those are the `whole` of what is damaged,
        behind them.
        """
        first = self._number - given + 1
        self._number += 1
        if broken:
            named = [fault.line for fault in self.faults if fault.line >= first]
            self.faults = [fault for fault in self.faults if fault.line < first]  # behind one, all is chance
            self._number = named[0] if named else first if whole else self._number
            self._fault(f"behind the last line: {broken}" if self.ends and not given else broken)
        elif not self.faults and not self.begins:
            self._fault("the file is empty")
        elif not self.ends and not (self.faults and self.faults[-1].line == self._number - 1):
            self._fault("cut short: the last line is missing")

    def _read(self, line: bytes) -> Stored | None:
        self._number += 1
        body, check, formed = taken_apart(line)
        whole = formed and check == check_of(self._last, body)
        self._last = check
        if self._number == 1 and (newer := _newer(line)):
            self.newer = True
            self._fault(newer)
        elif not whole:
            self._fault("not the line that was written here", _sequence(line))
        elif self.ends:
            self._fault("a line behind the last")
        else:
            return self._take(body)
        return None

    def _take(self, body: bytes) -> Stored | None:
        try:
            found = lines.decode(body)
        except codec.Undecodable as error:
            kind = _kind(body)
            self.newer = bool(kind)
            self._fault(
                f"holds {kind}, which a newer version has written" if kind else f"unreadable: {error}"
            )
            return None
        match found:
            case LogBegins():
                self._begin(found)
            case LogEnds():
                self._end(found)
            case LogMessage() if not self.faults:
                if self.begins:
                    return self._message(found)
                self._fault("a message before the first line", found.seq)
            case _:
                pass
        return None

    def _begin(self, found: LogBegins) -> None:
        after = found.after
        if self.begins:
            self._fault("a first line among the others")
        elif self._previous and self._previous.ends:
            before = self._previous.ends.edge
            if not after.sequence and self._previous.begins and not self._previous.begins.after.sequence:
                self._onto = before
                self.check = LogCheck(trust=self._trust)
            elif before.sequence != after.sequence:
                self._fault(
                    f"goes on behind message {after.sequence}, "
                    f"where the file before it ends with message {before.sequence}"
                )
            elif before != after:
                self._fault("goes on from another log than that of the file before it")
        else:
            try:
                self.check = LogCheck(after, trust=self._trust)
            except ValueError as error:
                self._fault(str(error))
            else:
                if self.check.edge() != after:
                    self._fault("its root is not that of its peaks")
        self.begins = found

    def _message(self, found: LogMessage) -> Stored | None:
        if found.seq <= self.check.last:
            self._fault(f"message {found.seq} behind message {self.check.last}", found.seq)
            return None
        if self._onto and found.seq > self._onto.sequence and not self._goes_on(self._onto):
            return None
        payload = found.payload.encode() if found.raw is None else found.raw
        self.check.follow(found.seq, found.subject, payload)
        self.messages += 1
        self._first = self._first or found.seq
        message_id = usual_id(payload) if found.id is None else found.id
        return Stored(found.seq, found.subject, payload, found.at, message_id)

    def _goes_on(self, onto: LogEdge) -> bool:
        """Tell whether what was read is the log of the file before it, up to its end."""
        self._onto = None
        if self.check.edge(onto.sequence) == onto:
            return True
        self._fault(f"not the log of the file before it: up to message {onto.sequence} that is another")
        return False

    def _end(self, found: LogEnds) -> None:
        self.ends, check = found, self.check
        if self.faults or not self.begins:
            return
        last = check.last if self.messages else 0
        onto = self._onto
        if onto and found.edge.sequence < onto.sequence:
            self._fault(
                f"ends with message {found.edge.sequence}, before the file before it, "
                f"which ends with message {onto.sequence}"
            )
        elif onto and not self._goes_on(onto):
            pass
        elif (found.messages, found.first, found.last) != (self.messages, self._first, last):
            self._fault(f"{self.messages} messages, where {found.messages} were written")
        elif found.edge != check.edge(found.edge.sequence):
            self._fault("the root is not that of the messages")
        elif not check.partial and found.heads != check.heads:
            self._fault("the chains do not end where they did")
        else:
            check.end(found.edge.sequence)

    def _fault(self, detail: str, sequence: int = 0) -> None:
        self.faults.append(Fault(self._number, sequence or self.check.last, detail))


def _sequence(line: bytes) -> int:
    try:
        return msgspec.json.decode(line, type=LogMessage).seq
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0


class _Kind(msgspec.Struct):
    type: str


def _kind(body: bytes) -> str:
    """Give what kind of line it is, if this version does not know it."""
    try:
        found = msgspec.json.decode(body, type=_Kind).type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return "" if found in _KINDS else found


class _Form(msgspec.Struct):
    type: str
    format: int
    program: str


def _newer(line: bytes) -> str:
    """Say what it takes to read a file, by its first line, if this version cannot."""
    try:
        found = msgspec.json.decode(line, type=_Form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if found.type != "log.begins" or found.format <= FORMAT:
        return ""
    return (
        f"ytarchive {found.program} wrote this, in format {found.format}, and this version reads {FORMAT}: "
        f"use ytarchive {found.program} or a newer one"
    )
