import pytest

from ytarchive.ytdlp.cues import Cut, moved, united, without

VTT = """\
WEBVTT
Kind: captions

NOTE 00:00:04.000 --> nothing

first
00:00.000 --> 00:02.000 align:start
Hello <00:00:01.000><c>café</c> at 00:05.000

00:00:02.000 --> 00:00:06.000
World

01:00:00.500 --> 01:00:01.500
late
"""


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([], []),
        ([(4, 5), (1, 2)], [(1, 2), (4, 5)]),
        ([(1, 3), (2, 5)], [(1, 5)]),
        ([(1, 3), (3, 5)], [(1, 5)]),
        ([(1, 9), (2, 3)], [(1, 9)]),
    ],
)
def test_parts_that_touch_are_one(parts: list[Cut], whole: list[Cut]) -> None:
    assert united(parts) == whole


@pytest.mark.parametrize(
    ("moment", "after"), [(0, 0), (1, 1), (1.5, 1), (2, 1), (3, 2), (5, 4), (7, 4), (9, 6)]
)
def test_a_moment_moves_by_what_was_cut_before_it(moment: float, after: float) -> None:
    assert without([(1, 2), (5, 7)])(moment) == after


def test_where_nothing_is_cut_only_the_spelling_changes() -> None:
    kept = moved(VTT, without([]))
    assert kept == VTT.replace("00:00.000 --> 00:02.000", "00:00:00.000 --> 00:00:02.000")


def test_cues_move_and_those_of_which_nothing_is_left_go() -> None:
    """Given a part that holds one cue and ends in another, when cut, then the one goes and all moves."""
    assert moved(VTT, without([(0, 2.5)])) == (
        "WEBVTT\nKind: captions\n\n"
        "NOTE 00:00:04.000 --> nothing\n\n"
        "00:00:00.000 --> 00:00:03.500\nWorld\n\n"
        "00:59:58.000 --> 00:59:59.000\nlate\n"
    )


def test_times_inside_a_cue_move_with_it_and_words_do_not() -> None:
    kept = moved(VTT, without([(0.5, 0.75)]))
    assert "first\n00:00:00.000 --> 00:00:01.750 align:start\n" in kept
    assert "Hello <00:00:00.750><c>café</c> at 00:05.000" in kept


def test_lines_that_end_as_on_windows_are_understood() -> None:
    assert moved(VTT.replace("\n", "\r\n"), without([])) == moved(VTT, without([]))
