from cli import render
from cli.outlook import Found, Known, report
from schemas.common import Entry
from schemas.options import ArchiveOptions, Quality
from schemas.reports import Outlook, PreviewReport
from tests.jobs import JOB, OTHER
from tests.unit.cli.shown import shown

ENTRIES = [
    Entry(video_id="new", title="A new one", duration=100.0),
    Entry(video_id="there", title="One that is there", duration=3723.0),
    Entry(video_id="now", title="One that is on its way"),
    Entry(video_id="not", duration=9.0, skip="shorter than 60 s"),
    Entry(video_id="unknown", title="Nobody knows how long"),
]
KNOWN = Known({("youtube", "there"): JOB, ("elsewhere", "new"): JOB}, {("youtube", "now"): OTHER})


def preview(options: ArchiveOptions = ArchiveOptions(), note: str = "") -> PreviewReport:  # noqa: B008 - frozen
    return report(Found("jawed", note, ENTRIES), options, KNOWN)


def test_every_video_is_told_what_would_be_done_about_it_and_why() -> None:
    drawn = shown(render.preview(preview(note="lists within it that were left out: 1")), width=80)
    assert [line.rstrip() for line in drawn.splitlines() if line.strip()] == [
        "jawed",
        "               length   video                                 why",
        " " + "─" * 78,
        " + new           1:40   A new one",
        " = archived   1:02:03   One that is there                     by job 01234567",
        " › working              One that is on its way                by job fedcba98",
        " - skipped       0:09   not                                   shorter than 60 s",
        " + new                  Nobody knows how long",
        "2 would be archived, 1 there already, 1 being archived, 1 left out · about 75.0",
        "MB, 3:20 of video",
        "lists within it that were left out: 1",
    ]


def test_an_empty_list_says_so() -> None:
    empty = report(Found("jawed", "", []), ArchiveOptions(), KNOWN)
    assert shown(render.preview(empty)) == "jawed\nnothing in it\n"
    assert (empty.bytes, empty.seconds, empty.counts) == (0, 0, {})


def test_what_is_to_be_archived_again_is_new_and_what_is_not_chosen_is_not() -> None:
    forced = preview(ArchiveOptions(force=True))
    assert [line.outlook for line in forced.videos] == [Outlook.NEW] * 3 + [Outlook.SKIPPED, Outlook.NEW]
    assert {line.of for line in forced.videos} == {None}


def test_a_video_is_known_by_its_site_too() -> None:
    other = [Entry(video_id="new", site="elsewhere", url="https://elsewhere/new"), ENTRIES[0]]
    assert [line.outlook for line in report(Found("", "", other), ArchiveOptions(), KNOWN).videos] == [
        Outlook.ARCHIVED,
        Outlook.NEW,
    ]


def test_how_much_it_comes_to_depends_on_the_quality_and_on_what_is_new_alone() -> None:
    sizes = [preview(ArchiveOptions(quality=quality)).bytes for quality in (Quality.BEST, Quality.AUDIO)]
    assert sizes == [200 * 3_000_000 // 8, 200 * 130_000 // 8]
