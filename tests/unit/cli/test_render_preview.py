from cli import outlook
from cli.outlook import Known
from cli.render import preview as drawn
from schemas.common import Entry
from schemas.options import ArchiveOptions, Quality
from schemas.reports import Outlook, PreviewLine, PreviewReport
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


def lines(options: ArchiveOptions = ArchiveOptions()) -> list[PreviewLine]:  # noqa: B008 - frozen
    return outlook.lines(ENTRIES, options, KNOWN)


def report(quality: Quality = Quality.BEST, note: str = "") -> PreviewReport:
    return outlook.report("jawed", lines(), quality, note=note)


def test_every_video_is_told_what_would_be_done_about_it_and_why() -> None:
    told = shown(drawn.rows(lines(), headed=True), width=80)
    assert [line.rstrip() for line in told.splitlines() if line.strip()] == [
        "                length   video                                 why",
        " " + "─" * 79,
        " + new            1:40   A new one",
        " = archived    1:02:03   One that is there                     by job 01234567",
        " › working               One that is on its way                by job fedcba98",
        " - skipped        0:09   not                                   shorter than 60 s",
        " + new                   Nobody knows how long",
    ]


def test_rows_that_come_later_stand_in_the_columns_of_the_first() -> None:
    """Given a list that comes in pages, then what is shown of it is one table."""
    long = PreviewLine(video_id="x", url="", title="long", duration=35_999.0, outlook=Outlook.NEW)
    whole = shown(drawn.rows([*lines(), long], headed=True), width=80)
    pages = [
        shown(drawn.rows(page, headed=not number), width=80) for number, page in enumerate((lines(), [long]))
    ]
    assert "".join(pages) == whole


def test_the_sums_are_told_below_with_what_has_to_be_said_of_the_list() -> None:
    assert shown(drawn.sums(report(note="lists within it that were left out: 1")), width=80) == (
        "2 would be archived, 1 there already, 1 being archived, 1 left out · about 75.0 \n"
        "MB, 3:20 of video\n"
        "lists within it that were left out: 1\n"
    )
    assert shown(drawn.sums(report(), "all in all: "), width=200).startswith(
        "all in all: 2 would be archived, "
    )


def test_an_empty_list_says_so() -> None:
    empty = outlook.report("jawed", [], Quality.BEST)
    assert shown(drawn.heading("jawed")) + shown(drawn.sums(empty)) == "jawed\nnothing in it\n"
    assert (empty.bytes, empty.seconds, empty.counts) == (0, 0, {})


def test_what_is_to_be_archived_again_is_new_and_what_is_not_chosen_is_not() -> None:
    forced = lines(ArchiveOptions(force=True))
    assert [line.outlook for line in forced] == [Outlook.NEW] * 3 + [Outlook.SKIPPED, Outlook.NEW]
    assert {line.of for line in forced} == {None}


def test_a_video_is_known_by_its_site_too() -> None:
    other = [Entry(video_id="new", site="elsewhere", url="https://elsewhere/new"), ENTRIES[0]]
    assert [line.outlook for line in outlook.lines(other, ArchiveOptions(), KNOWN)] == [
        Outlook.ARCHIVED,
        Outlook.NEW,
    ]


def test_how_much_it_comes_to_depends_on_the_quality_and_on_what_is_new_alone() -> None:
    sizes = [report(quality).bytes for quality in (Quality.BEST, Quality.AUDIO)]
    assert sizes == [200 * 3_000_000 // 8, 200 * 130_000 // 8]
