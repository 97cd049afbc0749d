import hashlib
import random
from pathlib import Path

import pytest

from ytarchive.library.hashing import hash_file

CONTENT = random.Random(2).randbytes(3_500_000)


@pytest.mark.parametrize("fresh", [False, True])
def test_what_hashing_has_read_is_told_until_there_is_no_more(tmp_path: Path, fresh: bool) -> None:
    (tmp_path / "source").write_bytes(CONTENT)
    heard: list[int] = []

    found = hash_file(tmp_path / "source", progress=heard.append, fresh=fresh)

    assert found == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert heard == [1 << 20, 2 << 20, 3 << 20, len(CONTENT)]
