"""Every stream there is can be told of."""

from cli.diagnosis import ABOUT
from ytarchive.runtime.permissions import STREAMS


def test_what_each_stream_holds_is_said() -> None:
    assert list(ABOUT) == list(STREAMS)
