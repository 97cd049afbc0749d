"""Where a video lies in the library: ``Channel/YYYY/YYYY-MM-DD - Title [id].mp4``.

Names stay readable and are accepted by ext4, NTFS and APFS alike. All of it is pure but `resolve_inside`,
which asks the file system about symbolic links.
"""

import re
import unicodedata
from datetime import date
from pathlib import Path, PurePosixPath

COMPONENT_BYTES = 255
"""What ext4 allows one name, in UTF-8; NTFS and APFS count 255 larger units."""
STEM_BYTES = 200
SUFFIX_BYTES = COMPONENT_BYTES - STEM_BYTES - len(" (9999)")

_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SUFFIX = r"(?:\.[A-Za-z0-9_-]{1,24}){1,3}"
_OURS = re.compile(rf".*\](?: \([0-9]+\))?(?P<suffix>{_SUFFIX})", re.DOTALL)
_DEVICE = re.compile(
    r"\A(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])(?= *(?:\.|$))", re.IGNORECASE
)
# Full-width look-alikes would read better, but Windows turns them back into the real ones wherever a program
# uses a legacy code page.
_REPLACED = str.maketrans(
    {"/": "-", "\\": "-", "|": "-", ":": "-", "*": "-", "?": " ", '"': "'", "<": "(", ">": ")"}
)
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_SPACES = frozenset({"Cc", "Zs", "Zl", "Zp"})
# Format and bidirectional controls, surrogates, private use (Samba and Cygwin hide ``:`` and ``*``
# there), and code points without a meaning yet, which APFS refuses.
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def media_stem(
    channel: str | None, channel_id: str | None, upload_date: str | None, title: str, video_id: str
) -> PurePosixPath:
    """Name a video: ``Channel/2024/2024-05-06 - Title [id]``, or ``Channel/undated/Title [id]``.

    `upload_date` is ``YYYYMMDD``; anything else counts as unknown. The id is never cut, so different videos
    never share a path. Raises `ValueError` when `video_id` is not 1 to 64 of ``A-Za-z0-9_-``.
    """
    if not _VIDEO_ID.fullmatch(video_id):
        raise ValueError(f"not a video id: {video_id[:80]!r}")
    day = _day(upload_date)
    folder = _clean(channel or "", STEM_BYTES) or _clean(channel_id or "", STEM_BYTES) or "unknown channel"
    before, after = (f"{day.isoformat()} - " if day else ""), f" [{video_id}]"
    named = _clean(title, STEM_BYTES - len(before) - len(after)) or "untitled"
    return PurePosixPath(folder, f"{day.year:04}" if day else "undated", before + named + after)


def file_path(stem: PurePosixPath, suffix: str) -> PurePosixPath:
    """Complete a stem with ``.mp4``, ``.info.json``, ``.en.vtt``. Raises `ValueError` for other shapes."""
    if not re.fullmatch(_SUFFIX, suffix) or len(suffix) > SUFFIX_BYTES:
        raise ValueError(f"not a file suffix: {suffix[:80]!r}")
    return stem.with_name(stem.name + suffix)


def version(path: PurePosixPath, number: int) -> PurePosixPath:
    """Name the file that came `number`-th to a taken name: ``Title [id] (2).mp4``; the first is `path`."""
    if number < 1:
        raise ValueError(f"versions are counted from 1, not {number}")
    if number == 1:
        return path
    ours = re.fullmatch(rf"(.*\])({_SUFFIX})", path.name, re.DOTALL)
    stem, suffix = ours.groups() if ours else (path.stem, path.suffix)
    return path.with_name(f"{stem} ({number}){suffix}")


def suffix_of(path: PurePosixPath) -> str:
    """Give what follows the stem of a file that was named here: ``.mp4``, ``.en.vtt``; empty of others."""
    ours = _OURS.fullmatch(path.name)
    return ours["suffix"] if ours else ""


def resolve_inside(root: Path, relative: str) -> Path:
    """Find `relative` below `root`. The file itself need not exist and is not followed if it is a link.

    Raises `ValueError` for an absolute or empty path, ``..``, a backslash, a NUL, and where a symbolic link
    among its folders leads out of `root`.
    """
    parts = relative.split("/")
    if not set(parts).isdisjoint({"", ".", ".."}) or "\\" in relative or "\0" in relative:
        raise ValueError(f"not a path inside the library: {relative[:300]!r}")
    path = root.joinpath(*parts)
    try:
        inside = path.parent.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 raise RuntimeError for a loop of links
        raise ValueError(f"not a path inside the library: {relative[:300]!r}") from error
    if not inside:
        raise ValueError(f"a symbolic link leads out of the library: {relative[:300]!r}")
    return path


def _day(upload_date: str | None) -> date | None:
    if not upload_date or not re.fullmatch(r"[0-9]{8}", upload_date):
        return None
    try:
        return date.fromisoformat(upload_date)
    except ValueError:
        return None


def _clean(text: str, cap: int) -> str:
    """Make `text` fit for a component of at most `cap` bytes; empty when nothing readable is left."""
    visible = (
        " " if unicodedata.category(char) in _SPACES or char in _BLANK_LETTERS else char
        for char in text
        if unicodedata.category(char) not in _DROPPED
    )
    readable = re.sub(r" *: +", " - ", unicodedata.normalize("NFC", "".join(visible))).translate(_REPLACED)
    trimmed = " ".join(readable.split())
    start = next((at for at, char in enumerate(trimmed) if char not in " .-~" and not _extends(char)), None)
    return "" if start is None else _cut(_DEVICE.sub(r"\1_", trimmed[start:], count=1), cap)


def _cut(text: str, cap: int) -> str:
    """Keep what fits, whole characters with all their accents."""
    head = text.encode()[:cap].decode(errors="ignore")
    while head and len(head) < len(text) and _extends(text[len(head)]):
        head = head[:-1]
    return head.rstrip(" .")


def _extends(char: str) -> bool:
    """Say whether `char` only changes the one before it: an accent, a variation, a skin tone."""
    return unicodedata.category(char).startswith("M") or ord(char) in _SKIN_TONES
