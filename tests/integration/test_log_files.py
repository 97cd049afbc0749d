"""A log leaves one server as a file and comes into another, the same to the byte, or not at all."""

import asyncio
import gc
import io
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from cli import archive, backups, event_log_files, event_log_import, history, restoring, serve
from cli.again import Wanted
from cli.audit_scope import Asked
from cli.auditing import How, audit
from cli.event_log_replay import replay
from cli.watched_work import Shown
from schemas import codec
from schemas.log_reports import ExportReport, ImportReport, LogReport
from schemas.options import ArchiveOptions
from tests import nats
from tests.disks import filled, small_disk
from tests.jobs import AT, JOB
from tests.logs import SIGNER, STRANGER, message, with_checkpoints, world, written
from ytarchive.domain.checkpoints import Mark, Trust
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Stored
from ytarchive.domain.log_reader import LogReader
from ytarchive.errors import ServerUnavailable, UsageError, YtarchiveError
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.backup_file import LOG, Writer
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import ensure_credentials
from ytarchive.runtime.lock import InUse
from ytarchive.runtime.log_blocks import Blocks, Damaged, lines, packed
from ytarchive.runtime.log_files import Exported, export_log, read_file
from ytarchive.runtime.rebuilding import put_log, rebuilt
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.signing import keep_mark, remember, signed
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.runtime.whole_file import written_whole
from ytarchive.settings import Settings

__all__ = ["small_disk"]

SUBJECT = f"ytarchive.v1.event.job.{JOB}"


async def fill(bus: Bus, messages: tuple[Stored, ...], lost: tuple[int, ...] = ()) -> None:
    """Have a log with these messages, some of which the server has lost since."""
    await bus.js.delete_stream(topology.EVENTS)
    (config,) = (one for one in topology.streams(Settings()) if one.name == topology.EVENTS)
    await bus.js.add_stream(config.evolve(deny_delete=False, deny_purge=False, duplicate_window=0.1))
    for one in messages:
        await bus.publish(one.subject, one.payload, msg_id=one.id)
    for sequence in lost:
        await bus.js.delete_msg(topology.EVENTS, sequence)


async def exported(bus: Bus, path: Path, after: int = 0) -> Exported:
    with path.open("wb") as file:
        return await export_log(bus, file, after=after)


def reading(path: Path) -> tuple[LogReader, list[Stored]]:
    reader = LogReader()
    with path.open("rb") as file:
        return reader, list(read_file(reader, file))


async def log_of(settings: Settings) -> list[event_log.Entry]:
    """Give the log in a state directory on which nothing runs."""
    with open_state_dir(settings.state_dir) as state:
        async with (
            embedded_server(state, settings) as server,
            connect(server.info.url, ensure_credentials(state.path)["jobs"], name="test") as bus,
        ):
            config = (await bus.js.stream_info(topology.EVENTS)).config
            assert (config.deny_delete, config.deny_purge) == (True, True)
            return [entry async for entry in event_log.read(bus)]


ODD = (
    *world(),
    message(17, SUBJECT, b"\xff\xfe no text"),
    message(18, SUBJECT, b"twice")._replace(id="the same id"),
    message(19, SUBJECT, b"twice")._replace(id="another"),
    message(20, SUBJECT, b""),
    message(21, SUBJECT, b"the last"),
)


async def test_a_log_with_all_that_can_be_wrong_with_it_is_imported_as_it_was(
    bus: Bus, settings: Settings, tmp_path: Path
) -> None:
    """Given lost messages, bytes that are no text and messages nobody believes, through a file."""
    await fill(bus, ODD, lost=(1, 2, 9, 21))
    path = tmp_path / "log.jsonl.zst"
    done = await exported(bus, path)
    reader, messages = reading(path)
    assert reader.faults == []
    assert [(one.sequence, one.subject, one.payload, one.id) for one in messages] == [
        (one.sequence, one.subject, one.payload, one.id) for one in ODD if one.sequence not in (1, 2, 9, 21)
    ]
    assert done.check.edge() == reader.check.edge()
    assert len(reader.check.holes) == 3

    assert await imported(settings, path) == 1
    assert await log_of(settings) == [entry async for entry in event_log.read(bus)]


async def imported(settings: Settings, *paths: Path) -> int:
    """Import as the command does, in a thread: it has an event loop of its own."""
    return await asyncio.to_thread(run_import, settings, paths)


def run_import(settings: Settings, paths: tuple[Path, ...]) -> int:
    edge = event_log_import.checked_for_import(paths, readers := event_log_files.read_all(paths))

    async def main() -> None:
        async with rebuilt(settings) as bus:
            await put_log(bus, settings, event_log_import._again(paths), edge)

    asyncio.run(main())
    return 1 if readers[-1].check.faults or readers[-1].check.holes else 0


def write(path: Path, messages: tuple[Stored, ...], *, after: int = 0) -> Path:
    with path.open("wb") as file:
        blocks = Blocks(file, 2000)
        for line in written(messages, after=after):
            blocks.write(line + b"\n")
        blocks.flush()
    return path


async def test_messages_under_one_id_are_all_imported(settings: Settings, tmp_path: Path) -> None:
    double = tuple(one._replace(id="one for all") for one in world())
    assert await imported(settings, write(tmp_path / "a", double)) == 0
    assert [entry.payload for entry in await log_of(settings)] == [one.payload for one in double]


async def test_a_log_in_several_files_is_imported_and_refused_with_one_left_out(
    settings: Settings, tmp_path: Path
) -> None:
    parts = [
        write(tmp_path / "1", world()[:5]),
        write(tmp_path / "2", world()[:9], after=5),
        write(tmp_path / "3", world(), after=9),
    ]
    for some, error in ((parts[1:], UsageError), ([parts[0], parts[2]], YtarchiveError)):
        with pytest.raises(error, match="behind message"):
            await imported(settings, *some)
    assert not settings.state_dir.exists()
    assert await imported(settings, *parts) == 0
    assert [entry.payload for entry in await log_of(settings)] == [one.payload for one in world()]


async def test_nothing_is_changed_by_what_cannot_be_imported(settings: Settings, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", world())
    content = whole.read_bytes()
    damaged, newer = tmp_path / "damaged", tmp_path / "newer"
    damaged.write_bytes(content[:-60])
    last = world()[-1]
    teleported = last._replace(payload=last.payload.replace(b'"type":"job.', b'"type":"job.un', 1))
    write(newer, (*world()[:-1], teleported))
    for path, why in ((damaged, "cut short"), (newer, "does not know: job.un"), (tmp_path / "no", "No such")):
        with pytest.raises(YtarchiveError, match=why):
            await imported(settings, path)
        assert not settings.state_dir.exists()
    with pytest.raises(UsageError, match="comes with us"):
        await imported(msgspec.structs.replace(settings, nats_url="nats://127.0.0.1:1"), whole)

    assert await imported(settings, whole) == 0
    before = await log_of(settings)
    other = write(tmp_path / "other", world(2))
    with pytest.raises(UsageError, match="is not empty"):
        await imported(settings, other)
    with open_state_dir(settings.state_dir), pytest.raises(InUse):
        await imported(settings, other)
    assert await log_of(settings) == before


async def test_an_import_that_ends_early_leaves_nothing_and_can_be_begun_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a", world())

    def ends_early(_paths: object) -> Iterator[Stored]:
        yield from world()[:7]
        raise YtarchiveError("has changed while it was read")

    with monkeypatch.context() as changed:
        changed.setattr(event_log_import, "_again", ends_early)
        with pytest.raises(YtarchiveError, match="has changed"):
            await imported(settings, path)
    assert not (settings.state_dir / "jetstream").exists()
    assert not (settings.state_dir / "importing").exists()
    with monkeypatch.context() as changed:
        changed.setattr(event_log_import, "_again", lambda _paths: iter(world()[:7]))
        with pytest.raises(YtarchiveError, match="another log"):
            await imported(settings, path)
    assert await imported(settings, path) == 0


def test_where_there_is_no_room_is_said_beforehand_and_nothing_is_left(
    settings: Settings, tmp_path: Path, small_disk: Path
) -> None:
    there = msgspec.structs.replace(settings, state_dir=small_disk / "state")
    path = write(tmp_path / "log", world())
    with filled(small_disk):
        with pytest.raises(YtarchiveError, match=r"no room .* takes about 1\.1 MB, and 0\.0 MB") as refused:
            event_log_import.import_(there, [path], as_json=False)
        assert refused.value.exit_code == 1
        assert not there.state_dir.exists()
    assert event_log_import.import_(there, [path], as_json=True) == 0


async def test_a_disk_that_is_full_half_way_is_named_and_an_import_is_done_by_doing_it_again(
    settings: Settings, tmp_path: Path, small_disk: Path
) -> None:
    there = msgspec.structs.replace(settings, state_dir=small_disk / "state")
    path = write(tmp_path / "log", world())
    large = message(1, SUBJECT, b"x" * 500_000)

    async def too_much() -> None:
        async with rebuilt(there) as bus:
            endless = (large._replace(sequence=one, id=f"{one}") for one in range(1, 100))
            await put_log(bus, there, endless, LogCheck().edge())

    with pytest.raises(YtarchiveError, match=r"no room for the log in .*: the disk is full") as refused:
        await too_much()
    assert refused.value.exit_code == 1
    assert not (there.state_dir / "importing").exists()
    assert await imported(there, path) == 0


def put_out(script: str, out: int) -> subprocess.Popen[bytes]:
    code = (
        "import sys\nfrom cli.failing import fail\nfrom ytarchive.runtime.whole_file import written_whole\n"
        f"try:\n  with written_whole('-') as file:\n    {script}\nexcept Exception as error:\n"
        "  sys.exit(fail(error, [], {}))"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=subprocess.PIPE)


def test_who_reads_an_export_and_goes_away_before_its_end_has_none(tmp_path: Path) -> None:
    read, write = os.pipe()
    with put_out("while True: file.write(bytes(1 << 16))", write) as process:
        os.close(write)
        os.read(read, 100)
        os.close(read)
        _, told = process.communicate()
    assert process.returncode == 1
    assert re.match(
        rb"error: standard output has not got all of it: who reads it has .* [\d,]+ bytes\n", told
    )
    assert told.count(b"\n") == 2
    with Path("/dev/full").open("wb") as full, put_out("file.write(b'x')", full.fileno()) as process:
        _, told = process.communicate()
    assert (process.returncode, b"No space left on device after 0 bytes" in told) == (1, True)


def test_a_backup_that_is_given_up_says_nothing_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", complaints.append)
    with Path("/dev/full").open("wb", buffering=0) as full:
        writer = Writer(full)
        with pytest.raises(OSError, match="No space left"):
            writer.add("a", bytes(1 << 16))
        del writer
        gc.collect()
    assert complaints == []


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ((("documents/{name}", packed(b"another")),), "is not the document that the log refers to"),
        ((("documents/{name}", b"no frame"),), "Unable to decompress"),
        ((("logs/a", b"1"), ("logs/a", b"2")), "logs/a is in it twice"),
    ],
)
def test_a_backup_whose_sums_are_right_and_whose_members_are_not_is_no_backup(
    settings: Settings, tmp_path: Path, members: tuple[tuple[str, bytes], ...], why: str
) -> None:
    """Given one that somebody made of a backup: nothing is written, and no bug is reported."""
    commits = [codec.commits.decode(one.payload) for one in world()]
    name = next(name for commit in commits for name in backups.referred(commit))
    with (tmp_path / "forged.tar").open("wb") as file:
        writer = Writer(file)
        writer.add(LOG, write(tmp_path / "log", world()).read_bytes())
        for member, content in members:
            writer.add(member.format(name=name), content)
        writer.end()
    with pytest.raises(YtarchiveError, match=why):
        restoring.restore(settings, tmp_path / "forged.tar", as_json=True)
    assert not settings.state_dir.exists()


async def test_what_goes_on_from_an_earlier_file_fits_its_end_or_is_refused(bus: Bus, tmp_path: Path) -> None:
    log = with_checkpoints(world(), 5)
    await fill(bus, log)
    first, second = tmp_path / "1", tmp_path / "2"
    write(first, log[:9])
    edge = event_log_files._end_of(first)
    with second.open("wb") as file:
        done = await export_log(bus, file, onto=edge)
    assert (done.messages, done.check.faults) == (len(log) - 9, [])
    readers = event_log_files.read_all([first, second], Trust(signed()))
    assert [reader.faults for reader in readers] == [[], []]
    assert readers[1].check.covered.sequence == 5

    other = event_log_files._end_of(write(tmp_path / "3", with_checkpoints(world(), 6)[:9]))
    file_ = io.BytesIO()
    with pytest.raises(YtarchiveError, match="not the one that the earlier file was exported from"):
        await export_log(bus, file_, onto=other)
    assert file_.getvalue() == b""
    with pytest.raises(UsageError, match="ends with message"):
        await export_log(bus, io.BytesIO(), after=len(log) + 1)
    first.write_bytes(first.read_bytes()[:-5])
    with pytest.raises(YtarchiveError, match="is damaged: line"):
        event_log_files._end_of(first)


async def test_an_empty_log_goes_through_a_file(bus: Bus, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    assert (await exported(bus, path)).messages == 0
    assert await imported(settings, path) == 0
    assert await log_of(settings) == []


def test_the_command_says_what_is_wrong_and_where(
    settings: Settings, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = write(tmp_path / "log", with_checkpoints(world(), 5))
    assert event_log_files.verify(settings, [path], keys=(), as_json=True) == 0
    report = msgspec.json.decode(capsysbinary.readouterr().out, type=LogReport)
    assert (report.ok, report.messages, report.covered.sequence) == (True, len(world()) + 1, 5)

    assert event_log_files.verify(settings, [path], keys=["ab" * 32], as_json=True) == 1
    report = msgspec.json.decode(capsysbinary.readouterr().out, type=LogReport)
    assert [(one.line, one.sequence) for one in report.problems] == [(0, 6)]
    assert "which is unknown: nobody named it" in report.problems[0].detail
    assert report.covered.unknown == (SIGNER.key,)
    assert report.whole
    for keys in ([SIGNER.key], ["ab" * 32, SIGNER.key]):
        assert event_log_files.verify(settings, [path], keys=keys, as_json=True) == 0
        capsysbinary.readouterr()
    remember(settings.state_dir, ["ab" * 32])
    assert event_log_files.verify(settings, [path], keys=(), as_json=True) == 1
    remember(settings.state_dir, [SIGNER.key])
    assert event_log_files.verify(settings, [path], keys=(), as_json=True) == 0
    capsysbinary.readouterr()

    unsigned = write(tmp_path / "unsigned", world())
    assert event_log_files.verify(settings, [unsigned], keys=["ab" * 32], as_json=True) == 1
    report = msgspec.json.decode(capsysbinary.readouterr().out, type=LogReport)
    assert [one.detail for one in report.problems] == ["nothing of it is signed with a key that counts"]

    path.write_bytes(path.read_bytes()[:2000])
    assert event_log_files.verify(settings, [path], keys=(), as_json=True) == 1
    report = msgspec.json.decode(capsysbinary.readouterr().out, type=LogReport)
    assert report.problems[0].file == str(path)
    assert report.problems[0].detail == "cut short at byte 2000"
    assert not report.whole
    assert event_log_files.verify(settings, [path], keys=(), as_json=False) == 1
    assert b"cut short at byte 2000" in capsysbinary.readouterr().out


def test_a_block_that_unpacks_to_too_much_or_to_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    blocks = Blocks(file)
    blocks.write(b"x" * 5000 + b"\n")
    blocks.flush()
    file.seek(0)
    assert list(lines(file)) == [b"x" * 5000]
    monkeypatch.setattr("ytarchive.runtime.log_blocks.unpacked.__defaults__", (4000,))
    file.seek(0)
    with pytest.raises(Damaged, match="not one frame of at most 4000 bytes"):
        list(lines(file))


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_nobody_else_may_read_what_is_written_from_the_first_to_the_last(tmp_path: Path, umask: int) -> None:
    """Given a name that others may read so far, and a umask that lets them."""
    (tmp_path / "log").touch(mode=0o644)
    before = os.umask(umask)
    try:
        with written_whole(str(tmp_path / "log")) as file:
            file.write(b"secret")
            (beside,) = set(tmp_path.iterdir()) - {tmp_path / "log"}
            assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "log"
    target.write_bytes(b"before")

    def written_to(path: Path) -> None:
        with written_whole(str(path)) as file:
            file.write(b"half")
            raise YtarchiveError("no more")

    with pytest.raises(YtarchiveError, match="no more"):
        written_to(target)
    assert target.read_bytes() == b"before"
    with pytest.raises(YtarchiveError, match="cannot be written"):
        written_to(tmp_path / "no" / "log")
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    left, young, other = (tmp_path / f".ytarchive-tmp-{name}" for name in ("whole-1", "whole-2", "3"))
    for path in (left, young, other):
        path.touch()
        if path != young:
            os.utime(path, (1, 1))
    with written_whole(str(tmp_path / "a")) as slow:
        (beside,) = set(tmp_path.iterdir()) - {young, other}
        os.utime(beside, (1, 1))
        with written_whole(str(tmp_path / "b")) as file:
            file.write(b"b")
        slow.write(b"a")
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", young.name, other.name}
    assert (tmp_path / "a").read_bytes() == b"a"


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("log")])
def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path, make: Callable[[Path], None]) -> None:
    (tmp_path / "log").write_bytes(b"before")
    make(tmp_path / "there")
    kind = stat.S_IFMT((tmp_path / "there").lstat().st_mode)
    with pytest.raises(YtarchiveError, match="is no file"), written_whole(str(tmp_path / "there")):
        raise AssertionError("nothing is written")
    assert stat.S_IFMT((tmp_path / "there").lstat().st_mode) == kind
    assert (tmp_path / "log").read_bytes() == b"before"


async def prepared(url: str, settings: Settings, log: tuple[Stored, ...]) -> None:
    async with connect(url, None, name="test") as bus:
        await nats.clear(bus, settings)
        await fill(bus, log)


def test_the_commands_export_verify_and_import(
    nats_url: str, settings: Settings, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    asyncio.run(prepared(nats_url, settings, world()))
    there = msgspec.structs.replace(settings, nats_url=nats_url)
    first, second = tmp_path / "1", tmp_path / "2"
    assert event_log_files.export(there, str(first), after=0, since=None, as_json=False) == 0
    assert f"{len(world())} messages in {first}".encode() in capsysbinary.readouterr().out
    assert event_log_files.export(there, str(second), after=0, since=first, as_json=True) == 0
    report = msgspec.json.decode(capsysbinary.readouterr().out, type=ExportReport)
    assert (report.messages, report.after, report.last) == (0, len(world()), len(world()))
    assert event_log_files.export(there, "-", after=10, since=None, as_json=False) == 0
    told = capsysbinary.readouterr()
    assert len(list(lines(io.BytesIO(told.out)))) == len(world()) - 10 + 2
    assert b"behind message 10 in -" in told.err
    assert event_log_files.verify(there, [], keys=(), as_json=True) == 0
    assert msgspec.json.decode(capsysbinary.readouterr().out, type=LogReport).root == report.root
    assert event_log_import.import_(settings, [first, second], as_json=True) == 0
    assert msgspec.json.decode(capsysbinary.readouterr().out, type=ImportReport).root == report.root


def test_standard_input_is_a_file_too(settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path / "log", world())
    for words in (["verify", "-"], ["import", "-"]):
        with path.open("rb") as file:
            done = subprocess.run(called(settings, *words), stdin=file, capture_output=True, check=True)
        assert f"{len(world())} messages".encode() in done.stdout


def called(settings: Settings, *words: str) -> list[str]:
    options = ("--library", str(settings.library_dir), "--state", str(settings.state_dir))
    return [sys.executable, "-m", "cli", *options, "events", *words]


def test_who_holds_the_state_for_a_moment_is_waited_for(settings: Settings, tmp_path: Path) -> None:
    assert event_log_import.import_(settings, [write(tmp_path / "log", world())], as_json=True) == 0
    with open_state_dir(settings.state_dir):
        export = subprocess.Popen(called(settings, "export", str(tmp_path / "1")), stderr=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            export.wait(2)
    _, told = export.communicate()
    assert (export.returncode, told) == (0, b"")


def test_the_commands_refuse_what_makes_no_sense(nats_url: str, settings: Settings, tmp_path: Path) -> None:
    asyncio.run(prepared(nats_url, settings, world()))
    there = msgspec.structs.replace(settings, nats_url=nats_url)
    first = write(tmp_path / "1", world())
    with pytest.raises(UsageError, match="is needed to verify"):
        event_log_files.export(there, str(first), after=0, since=first, as_json=False)
    with pytest.raises(UsageError, match="lies in the library"):
        event_log_files.export(there, str(there.library_dir / "a" / "b"), after=0, since=None, as_json=False)
    with pytest.raises(UsageError, match="not both"):
        event_log_files.export(there, "-", after=0, since=None, as_json=True)
    with pytest.raises(UsageError, match="not a public key"):
        event_log_files.verify(there, [], keys=["ab"], as_json=True)
    with pytest.raises(UsageError, match="which holds one file"):
        event_log_files.verify(there, [Path("-"), Path("-")], keys=(), as_json=True)
    with pytest.raises(UsageError, match="has all of the log"):
        event_log_import.import_(settings, [first, first], as_json=True)
    with pytest.raises(UsageError, match="cannot be read"):
        event_log_files.verify(there, [tmp_path], keys=(), as_json=True)
    assert event_log_files.key(tmp_path / "key.pem", as_json=True) == 0
    signing = msgspec.structs.replace(there, signing_key_file=tmp_path / "key.pem")
    with pytest.raises(ServerUnavailable, match="no jobs actor runs that could sign"):
        event_log_files.export(signing, str(tmp_path / "2"), after=0, since=None, as_json=False)
    assert not (tmp_path / "2").exists()
    assert event_log_files.verify(signing, [], keys=(), as_json=True) == 0
    assert event_log_files.verify(signing, [first], keys=(), as_json=True) == 1


def test_where_nothing_can_be_written_is_said_before_anything_is_started(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for target, told in (
        ("new/", "there is no folder"),
        ("no/log", "no is not there"),
        ("file/log", "file is no folder"),
    ):
        where = str(tmp_path / "x")[:-1] + target
        with pytest.raises(UsageError, match=told):
            backups.backup(settings, where, secrets=False, as_json=True)
        with pytest.raises(UsageError, match=told):
            event_log_files.export(settings, where, after=0, since=None, as_json=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_signing_key_that_is_not_there_is_said_before_anything_is_started(settings: Settings) -> None:
    path = settings.state_dir / "key.pem"
    signs = msgspec.structs.replace(settings, signing_key_file=path)
    asked = Wanted(["https://www.youtube.com/watch?v=00000000000"], (), ArchiveOptions())
    commands: list[Callable[[], int]] = [
        lambda: serve.up(signs),
        lambda: archive.run(signs, asked, Shown()),
        lambda: archive.submit(signs, asked, Shown(), wait=False),
        lambda: audit(signs, Asked(), How(), as_json=False),
    ]
    with open_state_dir(settings.state_dir):
        pass
    for command in commands:
        with pytest.raises(UsageError, match="there is no signing key") as refused:
            command()
        assert refused.value.hint == (
            f"`ytarchive events key {path}` makes one, or YTARCHIVE_SIGNING_KEY_FILE names another."
        )
    assert not (settings.state_dir / "jetstream").exists()


def test_replay_and_audit_hold_the_log_against_its_checkpoints(
    nats_url: str, settings: Settings, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Given a log of which one message was exchanged under a checkpoint, and one by a key nobody knows."""
    there = msgspec.structs.replace(settings, nats_url=nats_url)
    settings.library_dir.mkdir()
    log = with_checkpoints(world()[:9], 5, signer=STRANGER)
    sound = with_checkpoints(world()[:9], 5)
    forged = (*sound[:4], sound[4]._replace(payload=sound[4].payload + b" "), *sound[5:])
    remember(settings.state_dir, [SIGNER.key])
    for messages, told in (
        (log, b"which is unknown"),
        (forged, b"its root is not that"),
        (world()[:9], b"nothing of it is signed"),
        (sound, b""),
    ):
        asyncio.run(prepared(nats_url, settings, messages))
        commands: list[Callable[[], int]] = [
            lambda: replay(there, None, at=None, check=False, as_json=False),
            partial(replay, there, None, at=f"{len(messages)}", check=False, as_json=True),
            lambda: audit(there, Asked(), How(), as_json=False),
        ]
        with pytest.raises(UsageError, match=r"the log ends with message \d+: there is no"):
            replay(there, None, at="100", check=False, as_json=True)
        for command in commands:
            assert command() == (1 if told else 0)
            output = capsysbinary.readouterr()
            assert told in b" ".join((output.out + output.err).split())
    check = LogCheck(trust=Trust(signed()))
    for one in sound:
        check.follow(*one[:3])
    edge = check.edge()
    keep_mark(settings.state_dir, Mark(edge.sequence + 1, edge.count + 1, edge.root, AT, SIGNER.key))
    for command in (*commands, lambda: event_log_files.verify(there, [], keys=(), as_json=False)):
        assert command() == 1
        output = capsysbinary.readouterr()
        assert b"the log ends with message 10, and was signed here" in b" ".join(
            (output.out + output.err).split()
        )


def test_an_import_and_the_history_say_where_the_documents_are(
    nats_url: str, settings: Settings, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    log = write(tmp_path / "log", world())
    assert event_log_import.import_(settings, [log], as_json=True) == 0
    assert msgspec.json.decode(capsysbinary.readouterr().out, type=ImportReport).without_documents
    asyncio.run(prepared(nats_url, settings, world()))
    there = msgspec.structs.replace(settings, nats_url=nats_url)
    assert history.history(there, JOB, history.Asked(), as_json=True) == 1
    told = b" ".join(capsysbinary.readouterr().err.split())
    assert b"is lost or altered" in told
    assert b"A backup has them: `restore` it" in told


def test_a_log_that_does_not_hold_together_is_exported_and_said_to_be_so(
    nats_url: str, settings: Settings, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    async def damaged() -> None:
        async with connect(nats_url, None, name="test") as bus:
            await nats.clear(bus, settings)
            await fill(bus, world(), lost=(3,))

    asyncio.run(damaged())
    there = msgspec.structs.replace(settings, nats_url=nats_url)
    path = tmp_path / "1"
    assert event_log_files.export(there, str(path), after=0, since=None, as_json=False) == 1
    assert b"messages 3 to 3 are missing" in capsysbinary.readouterr().out
    assert event_log_files.verify(there, [path], keys=(), as_json=False) == 1
    assert event_log_import.import_(settings, [path], as_json=False) == 1
    told = capsysbinary.readouterr().out
    assert told.count(b"messages 3 to 3 are missing") == 2
