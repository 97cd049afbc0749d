"""Good copies of damaged files, wherever they lie, and what is left of somebody who was stopped."""

import os
from pathlib import Path

import pytest

from cli.copies import Copies, finish_moves
from cli.names import Names
from schemas.common import ArchivedFile, State
from schemas.fixity import Finding, Trouble
from tests.library import put
from ytarchive.domain.audit import files_of
from ytarchive.domain.job import Job
from ytarchive.library.aside import QUARANTINE, evidence_of
from ytarchive.library.scan import written

JOB = "0123456789abcdef"
PATH = "Channel/2024/a [id].mp4"


class Library:
    """A library in which a job's file is damaged, and what else lies there."""

    def __init__(self, folder: Path, place: bytes | None, others: dict[str, bytes]) -> None:
        self.folder = folder
        (self.file,) = put(folder, {PATH: b"good"})
        if place is None:
            (folder / PATH).unlink()
        else:
            (folder / PATH).write_bytes(place)
        for path, content in others.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        self.more: list[Job] = []
        self.job = Job(job_id=JOB, state=State.ARCHIVED, files=(self.file,), damaged={PATH: Trouble.ALTERED})

    def names(self) -> Names:
        names = Names(self.folder, [self.job, *self.more])
        for path in self.folder.rglob("*"):
            if path.is_file() and ".ytarchive" not in path.parts:
                names.survey.see(path.relative_to(self.folder).as_posix(), path.stat().st_size)
        names.survey.settle(lambda _path: False)
        return names

    async def copies(self, *findings: Finding) -> dict[str, str]:
        return await Copies(self.names()).of(findings or (found(self.file),), [self.file])


def found(file: ArchivedFile, at: str = "") -> Finding:
    return Finding(kind=Trouble.ALTERED, path=file.path, job_id=JOB, detail="", at=at)


@pytest.mark.parametrize("where", ["Channel/b.mp4", f"{QUARANTINE}/then/x.mp4", f"{evidence_of(JOB)}/x.mp4"])
async def test_a_copy_is_known_by_its_content_wherever_it_lies(tmp_path: Path, where: str) -> None:
    library = Library(tmp_path, b"bad!", {where: b"good", "Channel/c.mp4": b"evil"})
    assert await library.copies() == {PATH: where}


async def test_what_is_of_the_same_size_alone_or_a_link_is_no_copy(tmp_path: Path) -> None:
    library = Library(tmp_path, None, {"Channel/b.mp4": b"evil", f"{QUARANTINE}/x": b"evil"})
    (tmp_path / "good").write_bytes(b"good!")
    (tmp_path / QUARANTINE / "link").symlink_to(tmp_path / "good")
    assert await library.copies() == {}


async def test_a_renamed_file_is_where_the_look_saw_it_unless_it_has_gone(tmp_path: Path) -> None:
    library = Library(tmp_path, None, {"Channel/b.mp4": b"good", "Channel/c.mp4": b"good"})
    assert await library.copies(found(library.file, "Channel/c.mp4")) == {PATH: "Channel/c.mp4"}
    (tmp_path / "Channel" / "c.mp4").unlink()
    assert await library.copies(found(library.file, "Channel/c.mp4")) == {PATH: "Channel/b.mp4"}


@pytest.mark.parametrize("name", ["Channel/two\nlines.mp4", "Channel/\x1b[31m.mp4", "Channel/\udcff.mp4"])
async def test_a_renamed_file_is_found_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    """Given a name that is shown otherwise than it is, as by an audit that saw it."""
    library = Library(tmp_path, None, {name: b"good"})
    assert await library.copies(found(library.file, written(name))) == {PATH: name}
    names = library.names()
    missing = Finding(kind=Trouble.MISSING, path=PATH, job_id=JOB, detail="not on disk")
    seen = await names.recognised(files_of(library.job), missing, read=True)
    assert (seen.at, names.survey.strays) == (written(name), {})
    assert await Copies(names).of([seen], [library.file]) == {PATH: name}
    again = library.names()
    again.claim([seen.at])  # as an audit does that goes on
    assert again.survey.strays == {}


async def test_what_another_job_archived_too_is_a_copy_where_nothing_else_is(tmp_path: Path) -> None:
    library = Library(tmp_path, None, {"Channel/stray.mp4": b"evil"})
    twins = put(tmp_path, {"Other/a.mp4": b"good", "Other/b.mp4": b"good"})
    library.more.append(Job(job_id="f" * 16, state=State.ARCHIVED, files=twins))
    (tmp_path / "Other" / "a.mp4").write_bytes(b"evil")

    assert await library.copies() == {PATH: "Other/b.mp4"}

    (tmp_path / "Other" / "b.mp4").unlink()
    assert await library.copies() == {}
    (tmp_path / "Channel" / "stray.mp4").write_bytes(b"good")
    lost = [found(file) for file in (library.file, *twins)]
    several = await Copies(library.names()).of(lost, [library.file, *twins])
    # one is brought back, and the others are copied from there
    assert several == {PATH: "Channel/stray.mp4", "Other/a.mp4": PATH, "Other/b.mp4": PATH}


async def test_a_place_in_which_two_files_were_seen_is_given_for_one(tmp_path: Path) -> None:
    library = Library(tmp_path, None, {"Channel/b.mp4": b"good"})
    (twin,) = put(tmp_path, {"Other/a.mp4": b"good"})
    (tmp_path / twin.path).unlink()
    library.more.append(Job(job_id="f" * 16, state=State.ARCHIVED, files=(twin,)))
    both = [found(file, "Channel/b.mp4") for file in (library.file, twin)]
    copies = await Copies(library.names()).of(both, [library.file, twin])
    assert copies == {PATH: "Channel/b.mp4", twin.path: PATH}


async def test_who_was_stopped_while_evidence_went_back_leaves_none(tmp_path: Path) -> None:
    library = Library(tmp_path, b"good", {f"{evidence_of(JOB)}/other.mp4": b"evil"})
    os.link(tmp_path / PATH, tmp_path / evidence_of(JOB) / "a.mp4")
    finish_moves(library.names(), [library.job])
    assert [path.name for path in (tmp_path / evidence_of(JOB)).iterdir()] == ["other.mp4"]


@pytest.mark.parametrize("content", [b"good", b"bad!"])
def test_a_file_with_two_names_keeps_its_own_where_it_is_whole(tmp_path: Path, content: bytes) -> None:
    library = Library(tmp_path, content, {"Channel/copy.mp4": b"good"})
    os.link(tmp_path / PATH, tmp_path / "Channel" / "b.mp4")
    names = library.names()

    finish_moves(names, [library.job])

    whole = content == b"good"
    assert (tmp_path / "Channel" / "b.mp4").exists() is not whole
    assert ("Channel/b.mp4" in names.survey.strays) is not whole
    assert (tmp_path / PATH).read_bytes() == content
    assert (tmp_path / "Channel" / "copy.mp4").exists()
