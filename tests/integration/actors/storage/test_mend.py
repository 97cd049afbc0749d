"""Of what was downloaded again, only what is damaged reaches the library, and in its own place."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from actors.storage.mend import repair
from schemas.catalogue import CatalogueRow
from schemas.commands import StoreMedia
from schemas.common import ArchivedFile, Category, Role, StagedFile, Staging
from schemas.fixity import Mended, Repair
from schemas.options import ArchiveOptions
from tests.integration.actors.storage.node import INFO, JOB, STEM, VIDEO, Node
from tests.library import copy
from tests.media import Samples, samples
from ytarchive.errors import StageFailed
from ytarchive.library import inventory
from ytarchive.library.aside import evidence_of

__all__ = ["samples"]

AGAIN = "00000000000000aa"


class Damaged:
    """A library with one job's files, of which some are not as they were, and staged once more."""

    def __init__(self, node: Node, files: tuple[ArchivedFile, ...]) -> None:
        self.node, self.library = node, node.library
        self.files = {file.role: file for file in files}
        self.staged = node.stage()
        (self.library / evidence_of(JOB)).mkdir(parents=True)

    def place(self, role: Role) -> Path:
        return self.library / self.files[role].path

    async def repair(self, *roles: Role, keep: bool = False) -> tuple[Mended, ...]:
        due = Repair(job_id=JOB, files=tuple(self.files[role] for role in roles), keep=keep)
        task = StoreMedia(
            job_id=AGAIN,
            attempt=1,
            video=VIDEO,
            options=ArchiveOptions(),
            staging=Staging(node="here", files=self.staged),
            repairs=due,
        )
        mended, _, _ = await repair(task, self.node.staging, self.library, self.node.ffmpeg, lambda *_: None)
        return mended

    def evidence(self) -> dict[str, bytes]:
        folder = self.library / evidence_of(JOB)
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }


@pytest.fixture
async def damaged(tmp_path: Path, samples: Samples) -> Damaged:
    node = Node(tmp_path / "library", samples["av.mp4"])
    files, _ = await node.commit(node.stage())
    return Damaged(node, files)


def archived(path: str, role: Role, content: bytes) -> ArchivedFile:
    digest = hashlib.sha256(content).hexdigest()
    return ArchivedFile(path=path, role=role, bytes=len(content), sha256=digest)


async def test_what_is_damaged_is_replaced_and_what_is_good_is_not_touched(damaged: Damaged) -> None:
    good = damaged.place(Role.INFO)
    before, media = damaged.node.members(), damaged.place(Role.MEDIA)
    listed = {f"Rick Astley/{inventory.ROWS}": before[f"Rick Astley/{inventory.ROWS}"]}
    inode = good.stat().st_ino
    media.write_bytes(b"bad")
    damaged.place(Role.THUMBNAIL).unlink()
    damaged.staged = damaged.node.stage(info=b"other")  # the site tells something else by now

    mended = await damaged.repair(Role.MEDIA, Role.THUMBNAIL)

    assert mended == tuple(
        Mended(path=file.path, file=file)
        for file in (damaged.files[Role.MEDIA], damaged.files[Role.THUMBNAIL])
    )
    assert damaged.node.members() | listed == before
    assert inventory.read(damaged.library / "Rick Astley").rows[JOB].files == tuple(damaged.files.values())
    assert good.stat().st_ino == inode
    assert damaged.evidence() == {}


async def test_a_bad_file_is_kept_where_that_is_wished_or_it_may_be_the_better_one(damaged: Damaged) -> None:
    media, info = damaged.place(Role.MEDIA), damaged.place(Role.INFO)
    media.write_bytes(b"bad")
    info.write_bytes(b"bad too")
    damaged.staged = damaged.node.stage(info=b"another")

    mended = await damaged.repair(Role.MEDIA, Role.INFO, keep=True)

    assert mended[1].file == archived(STEM + ".info.json", Role.INFO, b"another")
    bad = {damaged.files[Role.MEDIA].path: b"bad", damaged.files[Role.INFO].path: b"bad too"}
    assert damaged.evidence() == bad
    row = inventory.read(damaged.library / "Rick Astley").rows[JOB]
    assert row.files == (damaged.files[Role.MEDIA], mended[1].file, damaged.files[Role.THUMBNAIL])

    media.write_bytes(b"once more")
    larger = media.stat().st_size + (1 << 30)
    damaged.files[Role.MEDIA] = msgspec.structs.replace(damaged.files[Role.MEDIA], bytes=larger)
    await damaged.repair(Role.MEDIA)
    assert sorted(damaged.evidence().values()) == [b"bad", b"bad too", b"once more"]


async def test_what_was_archived_in_another_place_is_no_bad_file_but_may_be_the_last_copy(
    damaged: Damaged,
) -> None:
    """Given two files that changed places, when one is repaired, then what the other was is still there."""
    other = copy(damaged.library, 7)
    inventory.enter(damaged.library, other)
    (damaged.library / other.files[0].path).replace(damaged.place(Role.MEDIA))

    await damaged.repair(Role.MEDIA)

    assert damaged.evidence() == {damaged.files[Role.MEDIA].path: b"media7"}


async def test_media_in_another_container_gets_its_own_name_beside_the_sidecars(damaged: Damaged) -> None:
    media = damaged.place(Role.MEDIA)
    media.write_bytes(b"bad")
    staged = damaged.node.staging / "media.mp4"
    content = staged.read_bytes()
    staged.rename(staged.with_suffix(".m4v"))
    damaged.staged = (StagedFile(name="media.m4v", suffix=".m4v", role=Role.MEDIA, bytes=len(content)),)

    (mended,) = await damaged.repair(Role.MEDIA)

    assert mended == Mended(path=STEM + ".mp4", file=archived(STEM + ".m4v", Role.MEDIA, content))
    assert not media.exists()
    assert damaged.evidence() == {}
    listed = inventory.read(damaged.library / "Rick Astley")
    assert mended.file in listed.rows[JOB].files
    assert {name for name in listed.sums if name.endswith((".mp4", ".m4v"))} == {
        mended.file.path.partition("/")[2]
    }


async def test_storing_it_twice_changes_nothing(damaged: Damaged) -> None:
    """Given an actor that was killed before it could say what it had done."""
    damaged.place(Role.INFO).write_bytes(b"bad")
    damaged.staged = damaged.node.stage(info=b"another")
    first = await damaged.repair(Role.INFO, keep=True)
    there = damaged.node.members()

    assert await damaged.repair(Role.INFO) == first
    assert damaged.node.members() == there
    assert list(damaged.evidence().values()) == [b"bad"]


async def test_a_file_that_is_whole_again_meanwhile_stays(damaged: Damaged) -> None:
    damaged.staged = damaged.node.stage(info=b"another")
    (mended,) = await damaged.repair(Role.INFO)
    assert mended.file == damaged.files[Role.INFO]
    assert damaged.place(Role.INFO).read_bytes() == INFO


async def test_where_it_cannot_be_stored_everything_is_where_it_was(
    damaged: Damaged, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged.place(Role.MEDIA).write_bytes(b"bad")
    before = damaged.node.members()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(inventory, "amend", full)
    with pytest.raises(StageFailed) as raised:
        await damaged.repair(Role.MEDIA)
    assert raised.value.failure.category is Category.DISK
    assert damaged.node.members() == before
    assert damaged.evidence() == {}


async def test_another_library_in_the_place_of_ours_gets_nothing(damaged: Damaged) -> None:
    damaged.place(Role.MEDIA).unlink()
    shutil.rmtree(damaged.library / evidence_of(JOB))
    with pytest.raises(StageFailed) as raised:
        await damaged.repair(Role.MEDIA)
    assert raised.value.failure.category is Category.ENVIRONMENT
    assert not damaged.place(Role.MEDIA).exists()


async def test_what_the_site_no_longer_has_is_said(damaged: Damaged) -> None:
    subtitles = archived(STEM + ".en.vtt", Role.SUBTITLES, b"words")
    damaged.files[Role.SUBTITLES] = subtitles
    with pytest.raises(StageFailed) as raised:
        await damaged.repair(Role.SUBTITLES)
    assert subtitles.path in raised.value.failure.message
    assert await damaged.repair(Role.SUBTITLES, Role.INFO) == (
        Mended(path=damaged.files[Role.INFO].path, file=damaged.files[Role.INFO]),
    )


def test_a_copy_that_is_listed_nowhere_is_not_listed_by_being_mended(tmp_path: Path) -> None:
    (tmp_path / "Channel").mkdir()
    file = archived("Channel/a.mp4", Role.MEDIA, b"a")
    inventory.amend(tmp_path, JOB, [Mended(path=file.path, file=file)])
    assert not any((tmp_path / "Channel").iterdir())
    row = CatalogueRow(
        **msgspec.structs.asdict(VIDEO), archived_at=datetime.now(UTC), job_id=JOB, files=(file,)
    )
    inventory.enter(tmp_path, row)
    inventory.amend(tmp_path, AGAIN, [Mended(path=file.path, file=archived(file.path, Role.MEDIA, b"b"))])
    assert inventory.read(tmp_path / "Channel").rows[JOB].files == (file,)
