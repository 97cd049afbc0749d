"""Pictures in the documents are as the script makes them: small, and silent about the machine."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "docs" / "screens"
PICTURES = sorted(FOLDER.glob("*.svg"))


@pytest.mark.skipif(not FOLDER.exists(), reason="only a checkout holds the documents")
def test_every_picture_is_small_shown_and_tells_nothing_of_the_machine() -> None:
    assert PICTURES
    page = (FOLDER / "README.md").read_text("utf-8")
    for path in PICTURES:
        text = path.read_text("utf-8")
        assert len(text.encode()) < 60_000
        assert f"({path.name})" in page
        assert not re.search(r"/tmp|/root|/home|/work|@font-face|yta-", text), path.name
    assert set(re.findall(r"\((\w+\.svg)\)", page)) == {path.name for path in PICTURES}
