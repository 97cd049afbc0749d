"""Files are read back as they were written, and each fault is told with its line."""

import json

import msgspec
import pytest

from schemas.log_file import FORMAT
from tests.jobs import JOB
from tests.logs import message, numbered, world, written
from ytarchive.domain.log_file import Stored, check_of
from ytarchive.domain.log_reader import LogReader

JOB_SUBJECT = f"ytarchive.v1.event.job.{JOB}"


def read(*files: list[bytes]) -> tuple[list[LogReader], list[Stored]]:
    readers: list[LogReader] = []
    messages: list[Stored] = []
    for lines in files:
        readers.append(LogReader(readers[-1] if readers else None))
        messages += readers[-1].read(lines)
        readers[-1].finish()
    return readers, messages


def faults(*files: list[bytes]) -> list[list[tuple[int, int, str]]]:
    return [[(one.line, one.sequence, one.detail) for one in reader.faults] for reader in read(*files)[0]]


def sealed(*bodies: object) -> list[bytes]:
    """Give lines with the checks they would have, whatever they say."""
    last, found = b"", []
    for body in bodies:
        raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        last = check_of(last, raw)
        found.append(b'%b,"check":"%b"}' % (raw[:-1], last))
    return found


def bodies(lines: list[bytes]) -> list[dict[str, object]]:
    found = [json.loads(line) for line in lines]
    for one in found:
        del one["check"]
    return found


def test_messages_come_back_to_the_byte() -> None:
    odd = (
        message(1, JOB_SUBJECT, b'{"caf\xc3\xa9":"\\u00e9\x00\xf0\x9f\x8e\xac"}'),
        message(2, JOB_SUBJECT, b"\xff\xfe no text"),
        message(3, JOB_SUBJECT, b"")._replace(id=""),
        message(4, "ytarchive.v1.event.job.x", b'"}\n{"check":"')._replace(id="of its own"),
        message(9, JOB_SUBJECT, b" ")._replace(at=""),
    )
    readers, found = read(written(odd))
    assert tuple(found) == odd
    assert readers[0].faults == []
    assert len(readers[0].check.holes) == 1


@pytest.mark.parametrize("after", [0, 1, 10, None])
def test_a_log_and_what_goes_on_from_it_read_as_one(after: int | None) -> None:
    after = len(world()) if after is None else after
    first, second = written(world()[:after]), written(world(), after=after)
    readers, found = read(first, second)
    assert [reader.faults for reader in readers] == [[], []]
    assert tuple(found) == world()
    assert readers[1].check.edge() == read(written(world()))[0][0].check.edge()
    assert (readers[1].check.partial, readers[1].check.faults, readers[1].check.holes) == (False, [], [])


def test_an_empty_log_is_a_file_too() -> None:
    readers, found = read(written(()), written((), after=0))
    assert (found, faults(written(()))) == ([], [[]])
    assert readers[1].faults == []


def test_a_later_part_can_be_read_by_itself() -> None:
    (reader,), found = read(written(world(), after=10))
    assert reader.faults == []
    assert tuple(found) == world()[10:]
    assert (reader.check.partial, reader.check.faults, reader.check.unproven) == (True, [], 2)


def test_a_log_that_had_lost_its_end_goes_on_behind_that() -> None:
    first = written(world()[:10], end=12)
    later = tuple(one._replace(sequence=one.sequence + 2) for one in world()[10:])
    second = written((*world()[:10], *later), after=12)
    readers, _ = read(first, second)
    assert [reader.faults for reader in readers] == [[], []]
    assert [hole.detail for hole in readers[1].check.holes] == ["messages 11 to 12 are missing"]


def test_files_in_the_wrong_order_or_with_one_left_out_are_refused() -> None:
    parts = written(world()[:5]), written(world()[:9], after=5), written(world(), after=9)
    told = "goes on behind message {}, where the file before it ends with message {}"
    assert faults(parts[0], parts[2]) == [[], [(1, 5, told.format(9, 5))]]
    assert faults(parts[1], parts[0])[1] == [(1, 9, told.format(0, 9))]
    other = written(numbered(reversed(world())), after=5)
    assert faults(parts[0], other)[1] == [(1, 5, "goes on from another log than that of the file before it")]


def test_a_later_file_of_all_of_the_log_is_shown_to_go_on_from_an_earlier_one() -> None:
    """Given two exports of the whole log: what was rewritten, or cut, between them shows."""
    old = written(world()[:5])
    for new in (written(world()), old):
        readers, _ = read(old, new)
        assert [reader.faults for reader in readers] == [[], []]
    assert readers[1].check.messages == 5
    other = (*world()[:3], world()[3]._replace(payload=world()[3].payload + b" "), *world()[4:])
    told = "not the log of the file before it: up to message 5 that is another"
    assert faults(old, written(other))[1] == [(7, 5, told)]
    assert faults(old, written(other[:5]))[1] == [(7, 5, told)]
    told = "ends with message 4, before the file before it, which ends with message 5"
    assert faults(old, written(world()[:4]))[1] == [(6, 4, told)]


def test_behind_a_damaged_file_the_next_is_looked_at_by_itself() -> None:
    first = written(world()[:5])
    assert faults(first[:-1], written(world(), after=5)) == [
        [(7, 5, "cut short: the last line is missing")],
        [],
    ]


def test_an_altered_line_alone_is_named() -> None:
    lines = written(world())
    lines[4] = lines[4].replace(b"T09:", b"T19:", 1)
    assert faults(lines) == [[(5, 4, "not the line that was written here")]]


def test_what_is_no_line_at_all_is_named_with_the_last_message() -> None:
    lines = written(world())
    assert faults([*lines[:3], b"garbage", *lines[3:]])[0][0] == (4, 2, "not the line that was written here")
    assert faults([*lines[:3], b"\xff" * 60, *lines[3:]])[0][0][0] == 4


def test_the_end_is_where_it_was() -> None:
    lines = written(world())
    for cut in (0, 1, 5, len(lines) - 1):
        (told,) = faults(lines[:cut])[0]
        assert told[2] == ("cut short: the last line is missing" if cut else "the file is empty")
        assert told[0] == cut + 1
    extra = sealed(*bodies(lines), bodies(lines)[1])
    assert faults(extra)[0][-1][2] == "a line behind the last"


def test_lines_with_good_checks_that_make_no_sense_are_told() -> None:
    begin, *messages, end = bodies(written(world()))
    assert faults(sealed(*messages, end))[0][0][2] == "a message before the first line"
    assert faults(sealed(begin, begin, *messages, end))[0][0][2] == "a first line among the others"
    assert faults(sealed(begin, messages[1], messages[0], end))[0][0] == (3, 1, "message 1 behind message 2")
    assert faults(sealed(begin, *messages[:-1], end))[0][0][2].endswith("were written")
    assert faults(sealed(begin, {"type": "log.message", "seq": "one"}, end))[0][0][2].startswith(
        "unreadable: "
    )
    assert faults(sealed(end))[0] != []
    assert faults(sealed(begin, b'{"seq":1}', end))[0][0][2].startswith("unreadable: ")


def test_a_line_of_a_kind_that_only_a_newer_version_knows_is_said_to_be_one() -> None:
    begin, *_, end = bodies(written(world()))
    readers, _messages = read(sealed(begin, {"type": "log.future", "seq": 1}, end))
    assert readers[0].newer
    assert readers[0].faults[0].detail == "holds log.future, which a newer version has written"


def test_a_message_that_was_exchanged_does_not_fit_the_root() -> None:
    begin, *messages, end = bodies(written(world()))
    messages[-1] = {**messages[-1], "payload": str(messages[-1]["payload"]) + " "}
    assert faults(sealed(begin, *messages, end))[0][0][2] == "the root is not that of the messages"


def test_chains_that_end_otherwise_are_told() -> None:
    *lines, end = bodies(written(world()))
    assert (
        faults(sealed(*lines, {**end, "heads": "0" * 64}))[0][0][2] == "the chains do not end where they did"
    )


def test_an_edge_that_is_none_is_told() -> None:
    begin, *rest = bodies(written(world(), after=3))
    after = begin["after"]
    assert isinstance(after, dict)
    told = faults(sealed({**begin, "after": {**after, "root": "0" * 64}}, *rest))
    assert told[0][0][2] == "its root is not that of its peaks"
    told = faults(sealed({**begin, "after": {**after, "peaks": []}}, *rest))
    assert told[0][0][2] == "not the edge of a tree of 3 leaves"


def test_a_file_of_a_newer_version_says_which_version_reads_it() -> None:
    begin, *rest = bodies(written(world()))
    newer = sealed({"type": "log.begins", "format": FORMAT + 1, "program": "9.0", "else": 1}, *rest)
    (told,) = faults(newer)[0]
    assert told[:2] == (1, 0)
    assert told[2] == (
        f"ytarchive 9.0 wrote this, in format {FORMAT + 1}, and this version reads {FORMAT}: "
        "use ytarchive 9.0 or a newer one"
    )
    assert begin["format"] == FORMAT


def test_a_file_of_nothing_but_faults_is_not_read_for_ever() -> None:
    (reader,), _ = read([b"garbage"] * 5000)
    assert len(reader.faults) < 1100


def test_any_json_parser_gives_the_bytes_that_were_hashed() -> None:
    lines = written(world())
    payloads = [json.loads(line)["payload"].encode() for line in lines[1:-1]]
    assert payloads == [one.payload for one in world()]
    assert msgspec.json.decode(payloads[0])


def test_why_the_rest_cannot_be_read_is_told_behind_the_last_line() -> None:
    reader = LogReader()
    assert len(list(reader.read(written(world())[:4]))) == 3
    reader.finish("the disk is gone")
    assert [(one.line, one.sequence, one.detail) for one in reader.faults] == [(5, 3, "the disk is gone")]


def damaged(lines: list[bytes], given: int, *, whole: bool) -> list[tuple[int, str]]:
    reader = LogReader()
    list(reader.read(lines))
    reader.finish("damaged", given, whole=whole)
    return [(one.line, one.detail) for one in reader.faults]


def test_damage_is_told_at_the_line_that_has_it_or_behind_those_that_have_none() -> None:
    lines = written(world())
    altered = [*lines[:5], lines[5].replace(b"T09:", b"T19:", 1), *lines[6:9]]
    assert damaged(altered, 4, whole=True) == [(6, "damaged")]
    assert damaged(lines[:9], 4, whole=True) == [(6, "damaged")]
    assert damaged(lines[:9], 4, whole=False) == [(10, "damaged")]
    assert damaged(lines, 0, whole=False) == [(len(lines) + 1, "behind the last line: damaged")]
