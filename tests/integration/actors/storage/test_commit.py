import asyncio
import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile, Category, Role, Verified, Video
from schemas.options import Quality
from tests.disks import mount, small_disk
from tests.integration.actors.storage.node import INFO, JOB, STEM, VIDEO, Node
from tests.media import Samples, endless, ffmpeg_reading, samples
from ytarchive.errors import StageFailed
from ytarchive.library import inventory
from ytarchive.library.inventory import ROWS, SUMS, Inventory, is_inventory

__all__ = ["endless", "samples", "small_disk"]


@pytest.fixture
def node(tmp_path: Path, samples: Samples) -> Node:
    return Node(tmp_path / "library", samples["av.mp4"])


async def test_staged_files_become_members_of_the_library(node: Node) -> None:
    media = node.sample.read_bytes()

    files, verified = await node.commit(node.stage())

    assert files == tuple(
        ArchivedFile(
            path=STEM + suffix, role=role, bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
        )
        for suffix, role, content in (
            (".mp4", Role.MEDIA, media),
            (".info.json", Role.INFO, INFO),
            (".jpg", Role.THUMBNAIL, b"a picture"),
        )
    )
    assert verified == Verified(duration=verified.duration, video=True, audio=True)
    assert verified.duration == pytest.approx(12, abs=0.1)
    assert node.members() == {
        "Rick Astley": b"",
        "Rick Astley/2009": b"",
        **{file.path: content for file, content in zip(files, (media, INFO, b"a picture"), strict=True)},
        **{f"Rick Astley/{name}": text for name, text in listed(node, files).items()},
    }


def listed(node: Node, files: tuple[ArchivedFile, ...]) -> dict[str, bytes]:
    """Give what the channel's folder must say of itself."""
    assert node.stored_at
    row = CatalogueRow(**msgspec.structs.asdict(VIDEO), archived_at=node.stored_at, job_id=JOB, files=files)
    sums = {file.path.partition("/")[2]: file.sha256 for file in files}
    return Inventory(sums, {JOB: row}).documents()


async def test_what_cannot_be_listed_is_not_kept(node: Node) -> None:
    files = node.stage()
    (node.library / "Rick Astley" / SUMS).mkdir(parents=True)

    failure = await node.fails(files)

    assert failure.category is Category.ENVIRONMENT
    assert "not a regular file" in failure.message


async def test_every_step_is_reported_once_and_to_its_end(node: Node) -> None:
    size = node.sample.stat().st_size

    await node.commit(node.stage())

    assert node.heard[:2] == [("verifying", 0, size), ("verifying", size, size)]
    assert len(node.heard) == len(set(node.heard))
    for suffix, total in ((".mp4", size), (".info.json", len(INFO)), (".jpg", 9)):
        steps = [(done, of) for what, done, of in node.heard if what == f"storing {suffix}"]
        assert steps == sorted(steps)
        assert steps[-1] == (total, total)


async def test_a_task_that_is_repeated_answers_the_same_and_adds_nothing(node: Node) -> None:
    files = node.stage()
    first = await node.commit(files)
    members = node.members()

    assert await node.commit(files) == first
    assert node.members() == members


async def test_a_task_that_was_killed_before_its_files_were_listed_lists_them(node: Node) -> None:
    files = node.stage()
    first = await node.commit(files)
    for name in (SUMS, ROWS):
        (node.library / "Rick Astley" / name).unlink()

    assert await node.commit(files) == first

    for name, text in listed(node, first[0]).items():
        assert (node.library / "Rick Astley" / name).read_bytes() == text


async def test_a_video_archived_again_keeps_what_is_the_same_and_numbers_what_is_not(
    node: Node, samples: Samples
) -> None:
    first, _ = await node.commit(node.stage())
    members = node.members()

    again, _ = await node.commit(node.stage(info=b"{}"))
    other, _ = await node.commit(node.stage(sample=samples["faststart.mp4"]))

    assert [file.path for file in again] == [STEM + ".mp4", STEM + " (2).info.json", STEM + ".jpg"]
    assert [file.path for file in other] == [STEM + " (2).mp4", STEM + ".info.json", STEM + ".jpg"]
    kept = {path: text for path, text in members.items() if not is_inventory(path)}
    assert node.members().items() >= kept.items()
    assert again[0] == first[0]
    assert {path: text for path, text in node.members().items() if is_inventory(path)} == {
        f"Rick Astley/{name}": text for name, text in listed(node, other).items()
    }


async def test_another_video_of_the_same_name_lies_beside_it(node: Node) -> None:
    first, _ = await node.commit(node.stage())
    namesake = Video(**{name: getattr(VIDEO, name) for name in VIDEO.__struct_fields__} | {"video_id": "x"})

    second, _ = await node.commit(node.stage(), video=namesake)

    assert [file.path for file in second] == [file.path.replace(VIDEO.video_id, "x") for file in first]


async def test_damaged_media_is_not_archived_and_not_kept_to_be_resumed(node: Node) -> None:
    files = node.stage()
    os.truncate(node.staging / "media.mp4", files[1].bytes // 2)

    failure = await node.fails(files)

    assert failure.category is Category.MEDIA
    assert failure.message.startswith("the download is damaged: media.mp4: ")
    assert not node.staging.exists()
    assert node.staging.parent.exists()


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("short.mp4", "lasts 6.0 s where 12.0 s were announced"),
        ("third.mp4", "one of its streams ends at 4.0 s"),
        ("picture.mp4", "it has no audio"),
        ("sound.m4a", "it has no video"),
    ],
)
async def test_media_that_is_not_what_was_announced_is_damaged(
    node: Node, samples: Samples, sample: str, said: str
) -> None:
    failure = await node.fails(node.stage(sample=samples[sample]))

    assert failure.category is Category.MEDIA
    assert said in failure.message


async def test_media_of_which_parts_were_cut_out_lasts_as_long_as_was_left(
    node: Node, samples: Samples
) -> None:
    _, verified = await node.commit(node.stage(sample=samples["short.mp4"]), duration=6.0)
    assert verified.duration == pytest.approx(6, abs=0.1)

    failure = await node.fails(node.stage(), duration=6.0)
    assert failure.category is Category.MEDIA
    assert "lasts 12.0 s where 6.0 s were announced" in failure.message


async def test_a_stream_is_missed_only_where_it_was_offered_and_wanted(node: Node, samples: Samples) -> None:
    sound = node.stage(sample=samples["sound.m4a"])
    assert (await node.commit(sound, quality=Quality.AUDIO))[1].video is False

    silent = node.stage(sample=samples["picture.mp4"])
    assert (await node.commit(silent, audio=False))[1].audio is False


@pytest.mark.parametrize("gone", ["media.mp4", "media.jpg"])
async def test_a_staged_file_that_is_gone_is_downloaded_again(node: Node, gone: str) -> None:
    files = node.stage()
    (node.staging / gone).unlink()

    failure = await node.fails(files)

    assert (failure.category, failure.message) == (Category.MEDIA, f"staged files are gone: {gone}")
    assert node.staging.exists()


async def test_staged_files_without_media_are_downloaded_again(node: Node) -> None:
    failure = await node.fails(node.stage()[:1])

    assert (failure.category, failure.message) == (Category.MEDIA, "staged files are gone: the media")


@pytest.mark.parametrize("left", ["nothing", "the mount point"])
async def test_a_library_that_is_gone_is_for_a_person_to_bring_back(node: Node, left: str) -> None:
    files = node.stage()
    node.library.rename(node.library.with_name("unmounted"))
    if left == "the mount point":
        node.library.mkdir()

    failure = await node.fails(files)

    assert failure.category is Category.ENVIRONMENT
    assert failure.message.startswith("the library that was downloaded to is gone")
    assert node.library.exists() == (left == "the mount point")


async def test_staging_that_is_gone_with_the_library_still_there_is_downloaded_again(node: Node) -> None:
    files = node.stage()
    shutil.rmtree(node.staging)

    assert (await node.fails(files)).category is Category.MEDIA


async def test_a_full_library_is_tried_again_and_holds_no_part_of_the_job(
    small_disk: Path, samples: Samples
) -> None:
    node = Node(small_disk, samples["av.mp4"])
    files = node.stage()
    filling = small_disk / "filling"
    filling.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - (1 << 20)))

    failure = await node.fails(files)
    assert failure.category is Category.DISK
    assert failure.message == "the library cannot be written: [Errno 28] No space left on device"
    assert node.staging.joinpath("media.mp4").exists()

    filling.unlink()
    assert len((await node.commit(files))[0]) == 3


async def test_a_library_that_became_read_only_is_for_a_person_to_mend(
    small_disk: Path, samples: Samples
) -> None:
    node = Node(small_disk, samples["av.mp4"])
    files = node.stage()
    mount("-o", "remount,ro", small_disk)

    failure = await node.fails(files)

    assert failure.category is Category.ENVIRONMENT
    assert "Read-only file system" in failure.message


async def test_a_disk_that_returns_something_else_has_the_download_repeated(node: Node) -> None:
    def corrupt(what: str, done: int, total: int) -> None:
        if what == "storing .mp4" and done == total:
            (temporary,) = node.library.rglob(".ytarchive-tmp-*")
            with temporary.open("r+b") as file:
                file.write(b"\0\0\0\0")

    with pytest.raises(StageFailed, match="the disk returned something else") as raised:
        await node.commit(node.stage(), report=corrupt)

    assert raised.value.failure.category is Category.MEDIA
    assert node.members() == {}


async def test_staged_files_that_go_while_they_are_copied_are_downloaded_again(node: Node) -> None:
    def clear(what: str, done: int, total: int) -> None:
        if what == "storing .info.json":
            (node.staging / "media.jpg").unlink(missing_ok=True)

    with pytest.raises(StageFailed, match=r"staged files are gone: media\.jpg") as raised:
        await node.commit(node.stage(), report=clear)

    assert raised.value.failure.category is Category.MEDIA
    assert node.members() == {}


async def test_a_channel_that_lies_elsewhere_is_for_a_person_to_mend(node: Node) -> None:
    files = node.stage()
    (node.library.parent / "elsewhere").mkdir()
    (node.library / "Rick Astley").symlink_to(node.library.parent / "elsewhere")

    failure = await node.fails(files)

    assert failure.category is Category.ENVIRONMENT
    assert "a symbolic link leads out of the library" in failure.message


async def test_an_ffmpeg_that_cannot_be_started_condemns_no_file(node: Node) -> None:
    node.ffmpeg = "/no/ffmpeg"

    failure = await node.fails(node.stage())

    assert failure.category is Category.ENVIRONMENT
    assert failure.message.startswith("the download cannot be verified")
    assert node.staging.joinpath("media.mp4").exists()


async def test_an_ffmpeg_that_was_killed_condemns_no_file(node: Node, endless: Path) -> None:
    files = node.stage()
    (node.staging / "media.mp4").unlink()
    (node.staging / "media.mp4").symlink_to(endless)

    failing = asyncio.create_task(node.fails(files))
    (await ffmpeg_reading(node.staging / "media.mp4")).kill()

    failure = await failing
    assert failure.category is Category.MEDIA
    assert failure.message.startswith("the download could not be verified: ffmpeg was killed")
    assert node.staging.joinpath("media.mp4").exists()


# Called off


@pytest.mark.parametrize(
    "moment",
    [
        lambda what, _done, _total: what == "storing .mp4",
        lambda what, done, total: what == "storing .mp4" and done == total,
        lambda what, _done, _total: what == "storing .jpg",
    ],
    ids=["at the first bytes", "when the media is written", "when the last is written"],
)
@pytest.mark.parametrize("before", [False, True])
async def test_a_commit_that_is_called_off_leaves_the_library_as_it_was(
    node: Node, moment: Callable[[str, int, int], bool], before: bool
) -> None:
    if before:
        await node.commit(node.stage())
        (node.library / f"{STEM}.mp4").unlink()
    files = node.stage(info=b"{}")
    members = node.members()
    reached, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def report(what: str, done: int, total: int) -> None:
        if moment(what, done, total):
            loop.call_soon_threadsafe(reached.set)
            go_on.wait(60)

    task = asyncio.create_task(node.commit(files, report=report))
    await asyncio.wait_for(reached.wait(), 60)
    task.cancel()
    loop.call_later(0.05, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await task

    assert node.members() == members
    assert node.staging.joinpath("media.mp4").exists()


async def test_a_commit_called_off_while_it_verifies_leaves_everything(node: Node) -> None:
    files = node.stage()

    def report(what: str, *_: int) -> None:
        assert what == "verifying"
        task.cancel()

    task = asyncio.create_task(node.commit(files, report=report))
    with pytest.raises(asyncio.CancelledError):
        await task

    assert node.members() == {}
    assert node.staging.joinpath("media.mp4").exists()


async def test_a_commit_that_is_called_off_when_its_files_are_being_listed_is_done(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, enter = threading.Event(), inventory.enter

    def entered(library: Path, row: CatalogueRow) -> CatalogueRow:
        listing.set()
        return enter(library, row)

    monkeypatch.setattr(inventory, "enter", entered)
    files = node.stage()
    media = node.library / f"{STEM}.mp4"
    media.parent.mkdir(parents=True)
    folder = os.open(media.parents[1], os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # somebody else is at it
    task = asyncio.create_task(node.commit(files))
    assert await asyncio.to_thread(listing.wait, 60)
    assert media.exists()

    task.cancel()
    await asyncio.sleep(0.1)
    assert not task.done()
    os.close(folder)

    stored, _ = await task
    assert (
        node.members().items()
        >= {f"Rick Astley/{name}": text for name, text in listed(node, stored).items()}.items()
    )
