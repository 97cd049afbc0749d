"""The page as Prometheus's own parser reads it."""

from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from ytarchive.domain.meters import Durations
from ytarchive.domain.metrics import DISK, FAMILIES, JOBS, RETRIES, STAGES, Kind, Reading
from ytarchive.runtime.exposition import page


def parsed(readings: list[Reading]) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(page(readings).decode())
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_numbers_are_told_by_their_labels_whatever_these_hold() -> None:
    odd = 'a "b"\\c\nd é'
    found = parsed(
        [
            Reading(JOBS, ("video", "archived"), 3),
            Reading(RETRIES, ("network",), 2**53),
            Reading(JOBS, ("video", odd), True),
        ]
    )
    assert found == {
        ("ytarchive_jobs", ("video", "archived")): 3,
        ("ytarchive_jobs", ("video", odd)): 1,
        ("ytarchive_retries_total", ("network",)): 2**53,
    }


def test_durations_are_a_histogram() -> None:
    durations = Durations()
    for seconds in (0.5, 2, 100_000):
        durations.add(timedelta(seconds=seconds))
    found = parsed([Reading(STAGES, ("download",), durations)])
    name = STAGES.name
    buckets = {labels[0]: value for (sample, labels), value in found.items() if sample == f"{name}_bucket"}
    assert {"1.0": 1, "2.5": 2, "86400.0": 2, "+Inf": 3}.items() <= buckets.items()
    assert found[f"{name}_count", ("download",)] == 3
    assert found[f"{name}_sum", ("download",)] == 100_002.5


def test_what_was_not_read_is_not_on_the_page() -> None:
    assert page([]) == b""
    assert page([Reading(DISK, ("here", "state"), 1)]).count(b"# TYPE") == 1


def test_every_metric_has_a_name_and_a_sentence_of_its_own() -> None:
    assert len({family.name for family in FAMILIES}) == len({family.help for family in FAMILIES})
    assert all(family.name.endswith("_total") == (family.kind is Kind.COUNTER) for family in FAMILIES)
