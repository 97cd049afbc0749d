"""The values that several conversations share."""

import pytest

from schemas.common import Stage, State
from schemas.options import ArchiveOptions, Quality

FINAL = {
    State.ARCHIVED,
    State.DUPLICATE,
    State.LISTED,
    State.SKIPPED,
    State.FAILED,
    State.CANCELLED,
}


@pytest.mark.parametrize("state", State)
def test_a_state_is_final_when_only_a_person_can_move_the_job_on(state: State) -> None:
    assert state.final is (state in FINAL)


def test_the_final_states_are_the_last() -> None:
    assert set(list(State)[-len(FINAL) :]) == FINAL


def test_states_are_called_what_programs_were_told() -> None:
    told = (
        "submitted listing resolving downloading storing waiting paused "
        "archived duplicate listed skipped failed cancelled"
    )
    assert " ".join(State) == told


def test_the_stages_come_in_their_order() -> None:
    assert list(Stage) == ["metadata", "download", "storage", "listing"]


def test_who_asks_for_nothing_special_gets_the_best_once() -> None:
    assert ArchiveOptions() == ArchiveOptions(quality=Quality.BEST, force=False)
