"""Whatever a log holds goes through a file as it is, in one part or in two."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs import message, written
from ytarchive.domain.log_file import Stored
from ytarchive.domain.log_reader import LogReader

quickly = settings(max_examples=150, deadline=None, derandomize=True, database=None)

MESSAGES = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["job.0123456789abcdef", "batch.0123456789abcdef", "x.y"]),
        st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.text(st.characters(codec="utf-8"), max_size=9) | st.none(),
    ),
    max_size=9,
)


def numbered(parts: list[tuple[int, str, bytes, str | None]]) -> list[Stored]:
    """Give messages with gaps between them, each with its own id, or with the usual one."""
    found: list[Stored] = []
    sequence = 0
    for step, context, payload, message_id in parts:
        sequence += step
        one = message(sequence, f"ytarchive.v1.event.{context}", payload)
        found.append(one if message_id is None else one._replace(id=message_id))
    return found


@quickly
@given(MESSAGES, st.integers(0, 30), st.integers(0, 3))
def test_what_is_written_is_read(
    parts: list[tuple[int, str, bytes, str | None]], after: int, lost: int
) -> None:
    log = numbered(parts)
    last = log[-1].sequence if log else 0
    after, end = min(after, last), last + lost
    first = [one for one in log if one.sequence <= after]
    files = written(first, end=after), written(log, after=after, end=end)
    readers: list[LogReader] = []
    found: list[Stored] = []
    for lines in files:
        assert not any(b"\n" in line for line in lines)
        readers.append(LogReader(readers[-1] if readers else None))
        found += readers[-1].read(lines)
        readers[-1].finish()
    assert [reader.faults for reader in readers] == [[], []]
    assert found == log
    alone = LogReader()
    assert list(alone.read(files[1])) == [one for one in log if one.sequence > after]
    alone.finish()
    assert alone.faults == []
    assert alone.check.edge() == readers[1].check.edge()
    assert alone.check.last == end
