"""Whether a media file is whole: ffmpeg reads every packet, and the ends of its streams are compared.

ffmpeg's ``framecrc`` prints a line for each packet: stream, time, duration, size. Its progress report would
be shorter but tells only where the longest stream ends: 6.0 s for a file whose picture stops at 3. Measured
with ffmpeg 5.1 and 9.0: 1.5 GB of ordinary video in 0.7 s, 1.9 million small packets in 11 s; Matroska cut
short exits with 0 and says so in one line only. What is damaged inside a packet goes unseen: that is what
the file's SHA-256 is for.
"""

import asyncio
import os
import re
import signal
import stat
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import msgspec

from ytarchive.errors import YtarchiveError

_TIME_BASE = re.compile(rb"^#tb (\d+): (\d+)/(\d+)$", re.MULTILINE)
_MEDIA_TYPE = re.compile(rb"^#media_type (\d+): (\w+)$", re.MULTILINE)
_PACKET = re.compile(rb"^(\d+), *-?\d+, *(-?\d+), *(\d+), *\d+,", re.MULTILINE)
# ffmpeg 6 and later name the input, earlier ones the container's format.
_DEMUXER = re.compile(r"\[(?:in#|mov,|matroska,|ogg|mpegts|flv|avi|mp3|flac|wav)[^]]*\] (.*)")
_REMARKS = 20
_TAIL = 1 << 16


class ProbeError(YtarchiveError):
    """The file is not the whole media file it should be, which the message says how."""


class Probe(msgspec.Struct, frozen=True):
    """What reading every packet told. Cover pictures and subtitles are not counted as streams.

    `duration` is where the longest stream ends and `shortest` where the shortest does, in seconds from the
    file's first packet. `video` and `audio` say whether there is at least one packet of each.
    """

    duration: float
    shortest: float
    video: bool
    audio: bool
    bytes: int


async def probe(
    path: Path,
    *,
    ffmpeg: str,
    timeout: float = 900.0,  # noqa: ASYNC109 - the caller's timeout would have to be the same in every place
) -> Probe:
    """Read every packet of `path` with the `ffmpeg` at that path, in constant memory.

    Raises `ProbeError` when the file is missing, empty, cut short or no media. What says nothing about the
    file is another error: `TimeoutError` after `timeout` seconds, `ChildProcessError` when something killed
    ffmpeg, another `OSError` when ffmpeg cannot be started or the file not be opened. ffmpeg never outlives
    the call, cancelled or not.
    """
    size = await asyncio.to_thread(_size, path)
    command = (ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-xerror", "-protocol_whitelist", "file")
    copying = ("-map", "0:V?", "-map", "0:a?", "-c", "copy", "-f", "framecrc", "pipe:1")
    process = await asyncio.create_subprocess_exec(
        *(*command, "-i", f"file:{path}", *copying),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stderr
    try:
        async with asyncio.timeout(timeout):
            ends, remarks = await asyncio.gather(_ends(process.stdout), _remarks(process.stderr))
            code = await process.wait()
    except TimeoutError as error:
        raise TimeoutError(f"ffmpeg did not read {path.name} in {timeout:g} s") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()  # its pipes are read to their end, or they would stay open
    if code < 0:
        raise ChildProcessError(f"ffmpeg was killed by signal {-code} while it read {path.name}")
    if wrong := _wrong(code, remarks):
        raise ProbeError(f"{path.name}: {wrong}")
    if not ends:
        raise ProbeError(f"{path.name} holds not one packet of video or audio")
    seconds = [float(end) for _, end in ends]
    kinds = {kind for kind, _ in ends}
    return Probe(max(seconds), min(seconds), b"video" in kinds, b"audio" in kinds, size)


def verify(probe: Probe, *, expected_duration: float | None, want_video: bool, want_audio: bool) -> None:
    """Compare what was found with what was announced, durations in seconds. Raises `ProbeError`.

    The duration may be off by 1 s or 1 %, whichever is more. A stream may end before the other, as uploads
    exist whose sound does, but not in the first half.
    """
    for kind, wanted, found in (("video", want_video, probe.video), ("audio", want_audio, probe.audio)):
        if wanted and not found:
            raise ProbeError(f"it has no {kind}")
    if expected_duration is not None and (
        abs(probe.duration - expected_duration) > max(1.0, expected_duration / 100)
    ):
        raise ProbeError(f"it lasts {probe.duration:.1f} s where {expected_duration:.1f} s were announced")
    if probe.shortest < probe.duration / 2:
        raise ProbeError(f"one of its streams ends at {probe.shortest:.1f} s of {probe.duration:.1f} s")


def _size(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO would wait for its writer
    except FileNotFoundError as error:
        raise ProbeError(f"{path.name}: no such file") from error
    try:
        status = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise ProbeError(f"{path.name} is not a regular file")
    if not status.st_size:
        raise ProbeError(f"{path.name} is empty")
    return status.st_size


async def _ends(stdout: asyncio.StreamReader) -> list[tuple[bytes, Fraction]]:
    """Give the kind of each stream that has packets and the second at which it ends."""
    kinds: dict[bytes, bytes] = {}
    bases: dict[bytes, Fraction] = {}
    ticks: dict[bytes, int] = {}
    rest = b""
    while chunk := await stdout.read(1 << 16):
        lines, _, rest = (rest[-_TAIL:] + chunk).rpartition(b"\n")
        kinds.update(_MEDIA_TYPE.findall(lines))
        bases.update((stream, Fraction(int(up), int(down))) for stream, up, down in _TIME_BASE.findall(lines))
        for stream, time, duration in _PACKET.findall(lines):
            ticks[stream] = max(ticks.get(stream, 0), int(time) + int(duration))
    return [(kinds[stream], end * bases[stream]) for stream, end in ticks.items()]


async def _remarks(stderr: asyncio.StreamReader) -> list[str]:
    """Read all that ffmpeg says, keep a few lines: the demuxer's, and others while there is room."""
    kept: list[str] = []
    async for line in stderr:
        text = line.decode(errors="replace").strip()
        if len(kept) < _REMARKS or _DEMUXER.match(text):
            kept[_REMARKS:] = [text]
    return kept


def _wrong(code: int, remarks: list[str]) -> str:
    """Say what is wrong with the file, in ffmpeg's words; empty when nothing is.

    What the demuxer says counts even when ffmpeg goes on and exits with 0; what parsers say of a codec's
    subtleties does not.
    """
    told = next((match[1] for remark in remarks if (match := _DEMUXER.match(remark))), "")
    return told or ("; ".join(remarks[-1:]) or f"ffmpeg exited with {code}" if code else "")
