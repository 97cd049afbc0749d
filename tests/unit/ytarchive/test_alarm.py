import signal
import threading

import pytest

from ytarchive.alarm import alarm


def test_what_takes_too_long_is_ended_with_the_given_error() -> None:
    with pytest.raises(LookupError, match="too long"), alarm(0.02, LookupError("too long")):
        threading.Event().wait(20)


def test_who_was_in_time_leaves_no_alarm_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)

    with alarm(60, LookupError("too long")):
        pass

    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
