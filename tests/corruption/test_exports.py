"""A slice of ``python -m tests.corruption exports``."""

from itertools import product

from tests.corruption.exports import FORMS, damages, exports, missed, verified


def test_exports_that_nobody_touched_have_no_fault() -> None:
    for export, form in product(exports(), FORMS):
        reader, check = verified(form(export.lines))
        assert (reader.faults, check.faults, check.holes) == ([], [], [])
        assert check.covered.checkpoints == 2


def test_every_damage_of_an_export_is_found_where_it_is_and_none_is_invented() -> None:
    wrong = {seed: (damage.kind, why) for seed, damage in damages(240, 1) if (why := missed(damage))}
    assert wrong == {}
