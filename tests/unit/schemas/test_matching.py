"""The tests' own reading of NATS filters, against NATS' own examples."""

import pytest

from tests.unit.schemas.matching import matches


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.c", False),
        ("a.b", "a.b.c", False),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("*.b", "a.b", True),
        ("a.>", "a.b", True),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("a.*.>", "a.b", False),
        ("a.*.>", "a.b.c", True),
        ("b.>", "a.b", False),
        (">", "a", True),
    ],
)
def test_a_star_is_one_token_and_an_arrow_one_or_more(pattern: str, subject: str, expected: bool) -> None:
    assert matches(pattern, subject) is expected
