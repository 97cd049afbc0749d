"""Archived files that lie in each other's places, or where another was: all are known by their content."""

from pathlib import Path
from typing import Final

import pytest

from cli.names import Names
from schemas.common import State
from schemas.fixity import Depth, Finding, Trouble
from tests.library import put
from ytarchive.domain.audit import files_of
from ytarchive.domain.job import Job
from ytarchive.library.check import Checker, Pace
from ytarchive.library.scan import LibraryAway

ONE: Final = "Channel/2024/one [1].mp4"
TWO: Final = "Channel/2024/two [2].mp4"
SIX: Final = "Channel/2024/six [6].mp4"
ALIKE: Final = {ONE: b"one", TWO: b"two", SIX: b"six"}
UNLIKE: Final = {ONE: b"1", TWO: b"2" * 2, SIX: b"6" * 6}


async def told(
    library: Path, files: dict[str, bytes], now: dict[str, bytes], depth: Depth = Depth.CONTENT
) -> dict[str, Finding]:
    """Archive files, each by a job of its own, leave what there is `now`, and give what is said of each."""
    jobs = [
        Job(job_id=f"{number:016x}", state=State.ARCHIVED, files=(file,))
        for number, file in enumerate(put(library, files))
    ]
    for path in files:
        (library / path).unlink()
    put(library, now)
    names = Names(library, jobs)
    for path, content in now.items():
        names.survey.see(path, len(content))
    names.survey.settle(lambda _path: False)
    checker = Checker(library, depth, Pace(0))
    return {
        one.path: await names.recognised(files_of(job), one, read=depth.reads)
        for job in jobs
        for one in checker.look(files_of(job)).findings
    }


@pytest.mark.parametrize("files", [ALIKE, UNLIKE])
async def test_files_that_changed_places_are_known_whatever_their_sizes(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    found = await told(tmp_path, files, {ONE: files[TWO], TWO: files[ONE], SIX: files[SIX]})
    assert {path: (one.kind, one.at, one.detail) for path, one in found.items()} == {
        ONE: (Trouble.RENAMED, TWO, f"it has changed places with {TWO}"),
        TWO: (Trouble.RENAMED, ONE, f"it has changed places with {ONE}"),
    }


@pytest.mark.parametrize("files", [ALIKE, UNLIKE])
async def test_so_are_three_of_them(tmp_path: Path, files: dict[str, bytes]) -> None:
    found = await told(tmp_path, files, {ONE: files[TWO], TWO: files[SIX], SIX: files[ONE]})
    assert {path: one.at for path, one in found.items()} == {ONE: SIX, TWO: ONE, SIX: TWO}
    assert found[ONE].detail == f"it is {SIX}, and here is {TWO}"


@pytest.mark.parametrize("files", [ALIKE, UNLIKE])
async def test_a_file_that_has_the_place_of_another_is_renamed_and_that_one_lost(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    found = await told(tmp_path, files, {TWO: files[ONE], SIX: files[SIX]})
    assert (found[ONE].kind, found[ONE].at, found[ONE].detail) == (Trouble.RENAMED, TWO, f"it is {TWO}")
    assert (found[TWO].kind, found[TWO].at) == (Trouble.ALTERED, "")
    assert found[TWO].detail == f"here is what was archived as {ONE}"


def test_a_library_that_is_not_here_may_be_another_nodes(tmp_path: Path) -> None:
    job = Job(job_id="1" * 16, state=State.ARCHIVED, files=put(tmp_path / "there", {TWO: b"two"}))
    elsewhere = "Node here archived nothing, node attic did: ask there."
    with pytest.raises(LibraryAway) as away:
        Names(tmp_path / "none", [job], elsewhere=elsewhere)
    assert away.value.hint.startswith(elsewhere)
    names = Names(tmp_path, [job], elsewhere=elsewhere)
    assert names.away("is empty").hint == away.value.hint
    assert Names(tmp_path, [job]).away("is empty").hint.startswith("Is its disk mounted?")


async def test_at_a_glance_only_what_is_of_another_size_is_read(tmp_path: Path) -> None:
    found = await told(tmp_path, UNLIKE, {ONE: UNLIKE[TWO], TWO: UNLIKE[ONE], SIX: UNLIKE[SIX]}, Depth.NAMES)
    assert {path: one.kind for path, one in found.items()} == {ONE: Trouble.RENAMED, TWO: Trouble.RENAMED}
    found = await told(tmp_path, ALIKE, {TWO: ALIKE[ONE], SIX: ALIKE[SIX]}, Depth.NAMES)
    assert {path: one.kind for path, one in found.items()} == {ONE: Trouble.MISSING}


async def test_what_is_like_nothing_else_and_what_is_a_link_is_as_it_was_found(tmp_path: Path) -> None:
    found = await told(tmp_path, UNLIKE, {ONE: b"x", TWO: b"x" * 99, SIX: UNLIKE[SIX]})
    assert {one.kind for one in found.values()} == {Trouble.ALTERED}
    assert found[TWO].detail == "99 bytes on disk, 2 in the log"
    (tmp_path / ONE).unlink()
    (tmp_path / ONE).symlink_to(tmp_path / SIX)
    (job,) = [Job(job_id="1" * 16, state=State.ARCHIVED, files=put(tmp_path, {TWO: b"two"}))]
    names = Names(tmp_path, [job])
    linked = Finding(kind=Trouble.ALTERED, path=TWO, job_id=job.job_id, detail="not a regular file")
    assert await names.recognised(files_of(job), linked, read=True) == linked
