"""Standard error that keeps nobody waiting, though the terminal or the pipe behind it may stand still."""

import json
import threading
from collections import deque
from types import TracebackType
from typing import Final, Self, TextIO

_WAITING: Final = 1000
_LAST_SECONDS: Final = 1.0
_TOGETHER_SECONDS: Final = 0.05
"""What comes within this time is written at once: a thread that wakes for each line costs more than that."""


class Printer:
    """Writes text to `out` from a thread of its own, as long as the block lasts.

    What does not fit into its queue is counted, and said once there is room.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._texts: deque[str] = deque()
        self._news = threading.Condition()
        self._ended = False
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._news:
            self._ended = True
            self._news.notify()
        self._thread.join(_LAST_SECONDS)

    def write(self, text: str) -> None:
        """Have some text written, or count it as dropped."""
        with self._news:
            if len(self._texts) >= _WAITING:
                self.dropped += 1
            else:
                self._texts.append(text)
                if len(self._texts) == 1:
                    self._news.notify()

    def flush(self) -> None:
        """Do nothing: it is written as soon as can be."""

    def isatty(self) -> bool:
        """Tell whether people read along."""
        return self._out.isatty()

    def _run(self) -> None:
        while texts := self._next():
            try:
                self._out.write(texts)
                self._out.flush()
            except (OSError, ValueError):
                continue  # nobody reads any longer

    def _next(self) -> str:
        """Wait for some text, and give all there is; nothing at the end."""
        with self._news:
            while not self._texts and not self.dropped and not self._ended:
                self._news.wait()
            if not self._ended:
                self._news.wait(_TOGETHER_SECONDS)
            texts = "".join(self._texts)
            self._texts.clear()
            dropped, self.dropped = self.dropped, 0
            told = {"event": "log lines dropped here", "count": dropped, "level": "warning"}
            return texts + (f"{json.dumps(told)}\n" if dropped else "")
