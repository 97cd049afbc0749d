import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cli.render.history import history, refreshed
from cli.render.past import then
from cli.render.why import why
from schemas.past import Change, HistoryReport, Refreshed, ThenReport, WhyReport
from tests.contract import corpus
from tests.unit.cli.shown import shown

LIBRARY = Path("/library")


def lines(drawn: str) -> list[str]:
    return [line.rstrip() for line in drawn.splitlines() if line.strip()]


def test_each_step_stands_with_its_number_and_what_it_goes_back_to() -> None:
    report = msgspec.json.decode(corpus.REPORTS["why"], type=WhyReport)
    drawn = lines(shown(why(report, LIBRARY), width=120))
    assert drawn[0].startswith("Ein „Titel“")
    assert re.search(r"1200  11-25 ..:30:01  a command       submitted          https://", drawn[2])
    assert drawn[3].index("stage_started") == drawn[2].index("submitted")
    assert re.search(r"1234  11-25 ..:30:14  result of 1200  archived .*verified \(done in 1100\)$", drawn[4])
    assert drawn[5].startswith("✓ verified in job 9f2c41d07ab3e586")
    assert "A Channel/2009/2009-10-25 - Title [dQw4w9WgXcQ].mp4" in drawn[-1]


def test_versions_stand_with_what_changed_and_looks_that_found_nothing_between_them() -> None:
    report = msgspec.json.decode(corpus.REPORTS["history"], type=HistoryReport)
    drawn = lines(shown(history(report, LIBRARY, diff=False), width=200))
    assert "2 looks, the last" in drawn[1]
    assert "/library/A Channel/2009/2009-10-25 - Title [dQw4w9WgXcQ].jpg" in drawn[2]
    assert drawn[4:6] == ["     title: Title → Ein „Titel“ – 題名 🎬", "     tags: none → ['a', 'b']"]
    assert "not to be had: Video unavailable (gone)" in drawn[-1]
    assert "     +Ein „Titel“" in shown(history(report, LIBRARY, diff=True), width=200)


def test_a_refresh_names_what_changed_or_says_that_nothing_has() -> None:
    report = msgspec.json.decode(corpus.REPORTS["refreshed"], type=Refreshed)
    drawn = lines(shown(refreshed(report)))
    assert drawn[0].startswith("3 looked at again, 1 changed")
    assert drawn[1].endswith("title, description, picture")
    same = shown(refreshed(msgspec.structs.replace(report, changed=())))
    assert lines(same) == ["3 looked at again, nothing has changed"]


def test_what_was_says_of_when_and_before_everything_there_was_nothing() -> None:
    report = msgspec.json.decode(corpus.REPORTS["then"], type=ThenReport)
    drawn = shown(then(report))
    assert "as of message 1234, of 2026-11-25" in drawn
    assert "4,021 events folded into 1 job: 1 archived" in drawn
    nothing = ThenReport(jobs=(), sequence=0, at=None, events=0)
    assert lines(shown(then(nothing)))[:2] == ["before anything", "no jobs"]
    early = msgspec.structs.replace(nothing, first=report.at)
    assert lines(shown(then(early)))[0].startswith("before the first message, of 2026-11-25")


def test_each_says_in_which_zone_its_times_are() -> None:
    at = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    zone = f"{at.astimezone():%z}"
    assert f"{zone}\n" in shown(then(msgspec.json.decode(corpus.REPORTS["then"], type=ThenReport)))
    assert f"{zone}, conv" in shown(why(msgspec.json.decode(corpus.REPORTS["why"], type=WhyReport), LIBRARY))
    report = msgspec.json.decode(corpus.REPORTS["history"], type=HistoryReport)
    assert f"(times in UTC{zone})" in shown(history(report, LIBRARY, diff=False))


def test_where_a_terminal_ends_a_step_and_a_version_go_on_below_themselves() -> None:
    report = msgspec.json.decode(corpus.REPORTS["why"], type=WhyReport)
    drawn = lines(shown(why(report, LIBRARY), width=60))
    assert "…" not in "".join(drawn[:9])
    assert any(line.endswith("stage_started  metadata, attempt 1") for line in drawn)
    assert any(line.endswith(":30:14, result of 1200, done in 1100") for line in drawn)
    versions = msgspec.json.decode(corpus.REPORTS["history"], type=HistoryReport)
    drawn = lines(shown(history(versions, LIBRARY, diff=False), width=70))
    assert all(line.startswith("     ") for line in drawn[1:] if line[:5].strip() not in ("1", "2", "✗"))


def test_a_picture_is_told_by_its_size_and_how_to_have_it() -> None:
    report = msgspec.json.decode(corpus.REPORTS["history"], type=HistoryReport)
    first, second = report.versions
    assert first.picture
    assert second.picture
    changed = Change(field="picture", before=first.picture.sha256, now=second.picture.sha256)
    weighed = [
        msgspec.structs.replace(one, picture=msgspec.structs.replace(one.picture, bytes=size), changes=more)
        for one, size, more in ((first, 90_000, ()), (second, 101_000, (changed,)))
        if one.picture
    ]
    drawn = shown(history(msgspec.structs.replace(report, versions=tuple(weighed)), LIBRARY, diff=True))
    assert "(90.0 kB) → " in drawn
    assert "(101.0 kB)" in drawn
    assert "is kept: `--save DIR` writes it there" in drawn
