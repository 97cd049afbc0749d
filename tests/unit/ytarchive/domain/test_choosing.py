import pytest

from schemas.options import Choices
from ytarchive.domain.choosing import BadPattern, Chooser, Kind, Sighting

ALL = Choices()
NARROW = Choices(
    since="20240102",
    until="20240630",
    shortest=60,
    longest=3600,
    title="café|tea",
    title_not="part [0-9]+",
    shorts=False,
    live=False,
    premieres=False,
    least_height=720,
    most_height=1080,
)
FITS = Sighting(
    title="A Café, at last", earliest="20240102", latest="20240630", duration=60, lines=720, kinds=frozenset()
)


def sighting(**known: object) -> Sighting:
    return Sighting(**known)  # type: ignore[arg-type]  # whatever a test says is known


@pytest.mark.parametrize("choices", [ALL, NARROW])
def test_of_what_nothing_is_known_nothing_is_ruled_out(choices: Choices) -> None:
    assert Chooser(choices).why_not(Sighting()) == ""


@pytest.mark.parametrize("choices", [ALL, NARROW])
def test_what_fits_is_chosen(choices: Choices) -> None:
    assert Chooser(choices).why_not(FITS) == ""


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"latest": "20240101"}, "older than 2024-01-02"),
        ({"earliest": "20240701"}, "newer than 2024-06-30"),
        ({"duration": 59.9}, "shorter than 60 s"),
        ({"duration": 0}, "shorter than 60 s"),
        ({"duration": 3600.5}, "longer than 3600 s"),
        ({"lines": 719}, "fewer than 720 lines"),
        ({"fewest": 1081}, "more than 1080 lines"),
        ({"title": "Coffee"}, "the title does not match café|tea"),
        ({"title": "TEA, Part 2"}, "the title matches part [0-9]+"),
        ({"title": ""}, "the title does not match café|tea"),
        ({"kinds": frozenset({Kind.SHORT})}, "a short"),
        ({"kinds": frozenset({Kind.LIVE})}, "a live stream"),
        ({"kinds": frozenset({Kind.PREMIERE})}, "a premiere"),
        ({"kinds": frozenset({Kind.PREMIERE, Kind.LIVE})}, "a live stream or a premiere"),
    ],
)
def test_what_is_ruled_out_is_so_for_a_reason_and_only_where_asked(
    known: dict[str, object], reason: str
) -> None:
    assert Chooser(NARROW).why_not(sighting(**known)) == reason
    assert Chooser(ALL).why_not(sighting(**known)) == ""


def test_a_day_that_is_not_known_for_sure_rules_out_only_what_it_must() -> None:
    """Given that it was uploaded some time in 2023 or in the first days of 2024."""
    seen = Sighting(earliest="20230101", latest="20240102")

    assert Chooser(Choices(since="20240102")).why_not(seen) == ""
    assert Chooser(Choices(since="20240103")).why_not(seen) == "older than 2024-01-03"
    assert Chooser(Choices(until="20230101")).why_not(seen) == ""
    assert Chooser(Choices(until="20221231")).why_not(seen) == "newer than 2022-12-31"


@pytest.mark.parametrize("choices", [Choices(premieres=False), Choices(live=False)])
def test_what_may_be_of_a_kind_that_is_wanted_is_chosen(choices: Choices) -> None:
    assert Chooser(choices).why_not(Sighting(kinds=frozenset({Kind.PREMIERE, Kind.LIVE}))) == ""


@pytest.mark.parametrize(
    "pattern", ["(", "[z-a]", "a{99999999999}", "*", "(?P<a>x)(?P<a>y)", "(?<=a+)b", "\\"], ids=str
)
def test_a_pattern_that_is_none_is_named_with_the_reason(pattern: str) -> None:
    for choices in (Choices(title=pattern), Choices(title_not=pattern)):
        with pytest.raises(BadPattern) as raised:
            Chooser(choices)
        assert str(raised.value).startswith(f"not a regular expression: {pattern!r}: ")


def test_a_pattern_that_python_may_read_otherwise_one_day_is_one() -> None:
    assert Chooser(Choices(title="[[a]")).why_not(Sighting(title="an A")) == ""


def test_a_title_is_looked_at_only_so_far() -> None:
    chooser = Chooser(Choices(title="end$"))

    assert chooser.why_not(Sighting(title="x" * 497 + "end")) == ""
    assert chooser.why_not(Sighting(title="x" * 498 + "end")) != ""
