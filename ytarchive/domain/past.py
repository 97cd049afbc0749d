"""A place in the log: what was, before all that came since."""

from datetime import datetime

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Behind the message number `sequence`, or behind all that were written until `moment`.

    Neither is the end of the log, wherever that is. Clocks are set back: what a message says that comes
    before one from after the moment counts, whatever its own time.
    """

    sequence: int | None = None
    moment: datetime | None = None

    def covers(self, sequence: int, at: datetime | None = None) -> bool:
        """Tell whether a message lies before it. One that says no time is as old as the one before it."""
        if self.sequence is not None:
            return sequence <= self.sequence
        return self.moment is None or at is None or at <= self.moment


END = Place()
