"""How long a wait still lasts, where the clock may have been set since it was planned."""

from datetime import datetime, timedelta


def left(due: datetime, since: datetime, now: datetime) -> timedelta:
    """Give how long to wait `now` for what was planned at `since` and is `due` then.

    A clock that was set back by a day makes no wait of a minute last a day: one that would last more than
    twice as long as was planned is over.
    """
    rest, planned = due - now, due - since
    return timedelta() if rest > 2 * planned else max(rest, timedelta())
