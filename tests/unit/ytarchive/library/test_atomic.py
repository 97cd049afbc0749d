import os
import time
from pathlib import Path

from ytarchive.library.atomic import sweep_temporaries


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_only_old_temporaries_are_swept_and_nothing_else(tmp_path: Path) -> None:
    old = time.time() - 100
    kept = [
        written(tmp_path / "channel/.ytarchive-tmp-young", b""),
        written(tmp_path / "channel/title [id].mp4", b""),
        written(tmp_path / "channel/.hidden", b""),
        written(tmp_path / "channel/ytarchive-tmp-", b""),
        written(tmp_path / ".ytarchive/staging/job/media.mp4.part", b""),
    ]
    for path in kept[1:]:
        os.utime(path, (old, old))
    (tmp_path / ".ytarchive-tmp-folder").mkdir()
    (tmp_path / ".ytarchive-tmp-link").symlink_to(kept[1])
    stale = written(tmp_path / "a/b/.ytarchive-tmp-0123456789abcdef", b"part")
    os.utime(stale, (old, old))

    assert sweep_temporaries(tmp_path, older_than=50) == [stale]
    assert all(path.exists() for path in kept)
    assert (tmp_path / ".ytarchive-tmp-folder").is_dir()
    assert (tmp_path / ".ytarchive-tmp-link").is_symlink()
    assert sweep_temporaries(tmp_path / "missing", older_than=0) == []
