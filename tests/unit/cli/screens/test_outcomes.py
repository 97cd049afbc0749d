import pytest

from cli.screens import all_well, screen
from cli.screens.json_lines import JsonLines
from cli.screens.lines import Lines
from cli.screens.outcomes import Quiet
from schemas.common import BatchState, State
from tests.jobs import MEDIA
from tests.unit.cli.members import batch, line, member, stream
from ytarchive.settings import Settings


def test_who_watches_decides_what_is_shown(settings: Settings) -> None:
    assert isinstance(screen(settings.library_dir, as_json=True, quiet=True), JsonLines)
    assert isinstance(screen(settings.library_dir, as_json=False, quiet=True), Quiet)
    assert type(screen(settings.library_dir, as_json=False)) is Lines  # no terminal here


def test_quiet_tells_what_went_wrong_and_the_total(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet, failed = Quiet(settings.library_dir), member(State.FAILED, 2)
    with quiet, quiet.starting():
        for job in (member(State.DOWNLOADING, 1), member(State.ARCHIVED, 1), failed):
            quiet.event(job, [line(job)])
        quiet.progress(stream())
        quiet.batch(batch())
        quiet.tick()
    assert capsys.readouterr().out == ""
    quiet.finish([failed], batch(BatchState.FINISHED, counts={State.ARCHIVED: 1, State.FAILED: 1}))
    assert capsys.readouterr().out.splitlines() == [
        "✗ failed  Video 2",
        "  it was the gone",
        "  Wait.",
        "1 archived, 1 failed in 1:00 · batch 00000000",
    ]


@pytest.mark.parametrize("there", [True, False])
def test_a_duplicate_is_well_where_its_file_is(
    settings: Settings, capsys: pytest.CaptureFixture[str], *, there: bool
) -> None:
    file = settings.library_dir / MEDIA.path
    file.parent.mkdir(parents=True)
    if there:
        file.touch()
    again = member(State.DUPLICATE, of="0" * 16, files=(MEDIA,))
    assert all_well([again, member(State.LISTED, 2)], settings.library_dir) == there
    Quiet(settings.library_dir).finish([again], batch(BatchState.FINISHED, counts={State.DUPLICATE: 1}))
    said = capsys.readouterr().out
    assert ("it is not there" in said) == (not there)
    assert said.endswith("nothing new: 1 archived before in 1:00 · batch 00000000\n")
    assert not all_well([member(State.FAILED)], settings.library_dir)
