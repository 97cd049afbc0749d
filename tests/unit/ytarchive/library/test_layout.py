import os
import re
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ytarchive.library.layout import (
    COMPONENT_BYTES,
    SUFFIX_BYTES,
    file_path,
    media_stem,
    resolve_inside,
    version,
)

ID = "dQw4w9WgXcQ"
DEVICES = ["CON", "prn", "Aux", "NUL", "COM1", "LPT9", "COM¹", "CONIN$", "conout$", "CLOCK$", "COM0"]
LONGEST_SUFFIX = "." + "a" * 23 + "." + "b" * 23
HARMFUL = [
    "",
    ".",
    "..",
    "...",
    "../../etc/passwd",
    "a/b\\c",
    "/absolute",
    "C:\\Windows",
    ".hidden",
    "-rf",
    "trailing. . .",
    "  spaces  ",
    "\x00\x01\n\t\r\x7f",
    "\ud800 a surrogate \udfff",
    "\u202eright to left\u202c",
    "مرحبا بالعالم",
    "e\u0301" * 3000,
    "a" + "\u0301" * 10_000,
    "👩‍👩‍👧‍👦" * 1000,
    "👍🏽" * 1000,
    "x" * 10_000,
    "\u3164",
    "\ue000\ufffe",
    "각" * 100,
    "ᄀ" + "ᅡ" * 1000,
]

any_text = st.one_of(
    st.text(),
    st.text(st.characters(), max_size=400),  # surrogates included
    st.text('./\\ -~:*?"<>|\0\n\u202e\u0301\ufe0f\u200d🏽👍aé', max_size=300),
    st.sampled_from(HARMFUL),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(DEVICES),
        st.sampled_from(["", " ", ".", " .", ".txt", ":", "  ", "\u200b"]),
        st.sampled_from(["", " ", ".", "x"]),
    ),
    st.integers(1, 10_000).map("長".__mul__),
)
any_id = st.text("ABCabc019_-", min_size=1, max_size=64)
any_date = st.one_of(st.none(), st.text(max_size=9), st.dates().map(lambda day: day.strftime("%4Y%m%d")))


def reserved(component: str) -> bool:
    base = component.partition(".")[0].rstrip(" ").upper()
    numbered = {f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"}
    return base in {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"} | numbered


def portable(component: str) -> bool:
    """Whether ext4, NTFS and APFS take a name as it is, and shells and people are not misled by it."""
    return (
        0 < len(component.encode()) <= COMPONENT_BYTES
        and not reserved(component)
        and component[0] not in ". -~"
        and component[-1] not in ". "
        and not re.search(r'[/\\:*?"<>|]', component)
        and not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} for char in component)
        and unicodedata.is_normalized("NFC", component)
    )


@settings(deadline=None)
@given(
    channel=any_text,
    channel_id=any_text,
    date=any_date,
    title=any_text,
    video_id=any_id,
    suffix=st.sampled_from([".mp4", ".info.json", LONGEST_SUFFIX]),
)
@example(channel="CON", channel_id="", date=None, title="NUL", video_id="a" * 64, suffix=LONGEST_SUFFIX)
@example(channel="..", channel_id="..", date="20240230", title="../..", video_id=ID, suffix=".mp4")
def test_a_path_is_fit_for_every_file_system_whatever_a_video_is_called(
    *, channel: str, channel_id: str, date: str | None, title: str, video_id: str, suffix: str
) -> None:
    stem = media_stem(channel, channel_id, date, title, video_id)
    path = file_path(stem, suffix)

    for named in (path, version(path, 2), version(path, 9999)):
        assert len(named.parts) == 3
        assert all(portable(part) for part in named.parts), named
        assert named.name.startswith(stem.name)
    assert stem.name.endswith(f" [{video_id}]")
    assert stem == media_stem(channel, channel_id, date, title, video_id)


@settings(deadline=None)
@given(any_text, any_text, any_id, any_id)
def test_videos_of_different_ids_never_share_a_path(one: str, other: str, first: str, second: str) -> None:
    if first != second:
        assert media_stem("c", None, None, one, first) != media_stem("c", None, None, other, second)


@settings(deadline=None)
@given(any_text)
def test_a_title_that_is_already_clean_is_kept(title: str) -> None:
    once = media_stem("c", None, None, title, ID).name.removesuffix(f" [{ID}]")

    assert media_stem("c", None, None, once, ID).name == f"{once} [{ID}]"


@pytest.mark.parametrize(
    ("channel", "date", "title", "path"),
    [
        (
            "Rick Astley",
            "20091025",
            "Never Gonna Give You Up",
            "Rick Astley/2009/2009-10-25 - Never Gonna Give You Up",
        ),
        ("AC/DC", "20240506", "Who/Whom: a story?", "AC-DC/2024/2024-05-06 - Who-Whom - a story"),
        ("c", "20240506", "12:30 | *live*", "c/2024/2024-05-06 - 12-30 - -live-"),
        ("c", None, 'He said "no" <twice>', "c/undated/He said 'no' (twice)"),
        ("c", "20240230", "no such day", "c/undated/no such day"),
        ("c", "2024", "too short a date", "c/undated/too short a date"),
        (
            "c",
            "\uff12\uff10\uff12\uff14\uff10\uff15\uff10\uff16",
            "digits, but not ours",
            "c/undated/digits, but not ours",
        ),
        ("..", "20240506", "../../etc/passwd", "unknown channel/2024/2024-05-06 - etc-passwd"),
        (".config", None, ".bashrc", "config/undated/bashrc"),
        ("con", None, "aux.tar", "con_/undated/aux_.tar"),
        ("Console", None, "Auxiliary", "Console/undated/Auxiliary"),
        ("~", None, "~root", "unknown channel/undated/root"),
        ("c", None, "", "c/undated/untitled"),
        ("c", None, "\u3164\u200b ...", "c/undated/untitled"),
        ("c", None, "Cafe\u0301", "c/undated/Café"),
        ("c", None, "שבת \u202eקדש", "c/undated/שבת קדש"),
        ("c", None, "日本語の題名", "c/undated/日本語の題名"),
        ("c", None, "a\n\tb\u00a0 c", "c/undated/a b c"),
        ("ends. ", None, "stops...", "ends/undated/stops"),
    ],
)
def test_a_path_reads_well(channel: str, date: str | None, title: str, path: str) -> None:
    assert media_stem(channel, None, date, title, ID) == PurePosixPath(f"{path} [{ID}]")


def test_a_channel_without_a_readable_name_is_known_by_its_id() -> None:
    assert media_stem(None, "UC123", None, "t", ID).parts[0] == "UC123"
    assert media_stem("\u200b...", "UC123", None, "t", ID).parts[0] == "UC123"
    assert media_stem(None, None, None, "t", ID).parts[0] == "unknown channel"


@pytest.mark.parametrize(
    ("title", "end"),
    [("é" * 500, "é"), ("e\u0301\u0323" * 500, "ẹ\u0301"), ("👍🏽" * 500, "👍🏽"), ("x" * 500, "x")],
)
def test_a_long_title_is_cut_between_characters_and_never_inside_one(title: str, end: str) -> None:
    kept = media_stem("c", None, None, title, ID).name.removesuffix(f" [{ID}]")

    assert kept.replace(end, "") == ""
    assert 170 < len(kept.encode()) <= 200 - len(f" [{ID}]")


@pytest.mark.parametrize("video_id", ["", "a/b", "..", "a b", "x" * 65, f"{ID}\n", "é", ".hidden"])
def test_what_is_no_id_is_refused(video_id: str) -> None:
    with pytest.raises(ValueError, match="not a video id"):
        media_stem("c", None, None, "t", video_id)


@pytest.mark.parametrize(
    "suffix", ["", "mp4", ".", "..", "./x", ".mp4/", ".a b", ".mp4\n", "." + "x" * 25, ".a.b.c.d", ".é"]
)
def test_what_is_no_suffix_is_refused(suffix: str) -> None:
    with pytest.raises(ValueError, match="not a file suffix"):
        file_path(PurePosixPath("c/t"), suffix)


def test_a_suffix_is_never_too_long_for_the_stem() -> None:
    assert len(LONGEST_SUFFIX) == SUFFIX_BYTES
    with pytest.raises(ValueError, match="not a file suffix"):
        file_path(PurePosixPath("c/t"), LONGEST_SUFFIX + "c")


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("a [id].mp4", "a [id] (2).mp4"),
        ("a [id].info.json", "a [id] (2).info.json"),
        ("a.b [id].en-US.vtt", "a.b [id] (2).en-US.vtt"),
        ("plain.mp4", "plain (2).mp4"),
    ],
)
def test_the_second_of_a_name_is_numbered_before_its_suffix(name: str, second: str) -> None:
    assert version(PurePosixPath("c", name), 2) == PurePosixPath("c", second)
    assert version(PurePosixPath("c", name), 1) == PurePosixPath("c", name)


def test_versions_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        version(PurePosixPath("a [id].mp4"), 0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    (root / "channel").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    return root


@pytest.mark.parametrize(
    "relative", ["a.mp4", "channel/a.mp4", "not/yet/there.mp4", "channel/-a: %s [id].mp4"]
)
def test_a_path_inside_is_found_whether_it_exists_or_not(root: Path, relative: str) -> None:
    assert resolve_inside(root, relative) == root / relative


@pytest.mark.parametrize(
    "relative",
    [
        "",
        ".",
        "..",
        "../outside/a",
        "channel/../../outside/a",
        "channel/..",
        "/etc/passwd",
        "//etc/passwd",
        "channel//a",
        "channel/",
        "./a",
        "channel\\a",
        "..\\outside",
        "a\0b",
        "channel/\0/a",
    ],
)
def test_a_path_that_is_not_plainly_inside_is_refused(root: Path, relative: str) -> None:
    with pytest.raises(ValueError, match="not a path inside the library"):
        resolve_inside(root, relative)


@settings(deadline=None)
@given(any_text)
def test_no_text_leads_out_of_the_library(text: str) -> None:
    root = Path("/library")
    try:
        path = resolve_inside(root, text)
    except ValueError:
        return
    assert Path(os.path.normpath(path)).is_relative_to(root)
    assert path != root


def test_a_link_that_leads_out_is_refused_and_one_that_stays_is_not(root: Path) -> None:
    (root / "out").symlink_to(root.parent / "outside")
    (root / "sideways").symlink_to("../outside")
    (root / "beside").symlink_to(f"{root}-of-another")
    (root / "nowhere").symlink_to(root.parent / "missing")
    (root / "in").symlink_to("channel")

    for leaving in ("out/a", "sideways/a", "beside/a", "nowhere/a", "out/deeper/a"):
        with pytest.raises(ValueError, match="a symbolic link leads out"):
            resolve_inside(root, leaving)
    assert resolve_inside(root, "in/a") == root / "in/a"


def test_links_that_go_round_in_circles_are_refused(root: Path) -> None:
    (root / "loop").symlink_to("loop")

    with pytest.raises(ValueError, match="library"):
        resolve_inside(root, "loop/a")


def test_the_file_itself_is_not_followed(root: Path) -> None:
    (root / "channel/a").symlink_to("/etc/passwd")

    assert resolve_inside(root, "channel/a") == root / "channel/a"


def test_a_library_that_is_itself_behind_a_link_is_a_library(root: Path) -> None:
    alias = root.parent / "alias"
    alias.symlink_to(root)

    assert resolve_inside(alias, "channel/a") == alias / "channel/a"
