"""The manual's table of metrics is that of the code."""

from pathlib import Path
from typing import Final

import pytest

from ytarchive.domain.metrics import FAMILIES, Family

MANUAL: Final = Path(__file__).parents[2] / "docs" / "operations.md"


def row(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    return f"| `{family.name}` | {family.kind} | {labels or '–'} | {family.help} |"


@pytest.mark.skipif(not MANUAL.exists(), reason="only a checkout holds the manual")
def test_every_metric_is_in_the_manual_as_it_is_and_no_other_is() -> None:
    told = [line for line in MANUAL.read_text("utf-8").splitlines() if line.startswith("| `ytarchive_")]
    assert told == [row(family) for family in FAMILIES]
