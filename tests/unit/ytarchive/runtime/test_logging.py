"""Log lines reach whoever runs the process and the log stream, whatever is in them and whoever is away."""

import asyncio
import io
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.contextvars import bound_contextvars

from schemas import codec
from ytarchive.passwords import secrets_in
from ytarchive.runtime import shipper as shipping_of
from ytarchive.runtime.clock import Clock
from ytarchive.runtime.logging import configure
from ytarchive.runtime.shipper import Shipper

if TYPE_CHECKING:
    from schemas.logs import LogRecord


class Stream:
    """Takes what is sent; while it is `away`, sending fails."""

    def __init__(self) -> None:
        self.away = False
        self.lines: list[tuple[str, LogRecord]] = []
        self.arrived = asyncio.Event()

    async def send(self, subject: str, payload: bytes) -> None:
        if self.away:
            raise ConnectionError("away")
        self.lines.append((subject, codec.logs.decode(payload)))
        self.arrived.set()

    @property
    def events(self) -> list[str]:
        return [record.event for _, record in self.lines]


async def test_a_line_goes_to_stderr_as_json_and_to_the_stream_as_a_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shipper, stream = Shipper("storage", "here", Clock()), Stream()
    log = configure(shipper, "info").bind(actor="storage")
    log.info("stored", job_id="0123456789abcdef", bytes=12, title="Café")
    log.debug("not at this level")
    await shipper.flush(stream.send)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["title"]) == ("stored", "info", "Café")
    ((subject, record),) = stream.lines
    assert subject == "ytarchive.v1.log.storage.info"
    assert (record.node, record.event, record.job_id) == ("here", "stored", "0123456789abcdef")
    assert record.context == {"bytes": 12, "title": "Café"}


async def test_an_exception_is_told_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    shipper, stream = Shipper("storage", "here", Clock()), Stream()
    log = configure(shipper, "info")
    log.error("not handled", exc_info=ValueError("broken"))
    await shipper.flush(stream.send)
    assert "ValueError: broken" in capsys.readouterr().err
    assert "ValueError: broken" in stream.lines[0][1].context["exception"]


async def test_what_is_no_text_is_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    shipper, stream = Shipper("storage", "here", Clock()), Stream()
    log = configure(shipper, "info")
    log.info("kept \udc80", path="caf\udce9", nested={"path": ["\udc81"]}, job_id="\udc82")
    await shipper.flush(stream.send)
    assert stream.events == ["kept \\udc80"]
    assert stream.lines[0][1].context["path"] == "caf\\udce9"
    assert json.loads(capsys.readouterr().err)["path"] == "caf\udce9"


async def test_lines_wait_while_nobody_takes_them_and_the_number_lost_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shipping_of, "_WAITING", 3)
    shipper, stream = Shipper("storage", "here", Clock()), Stream()
    for number in range(5):
        shipper(None, "info", {"event": f"line {number}"})
    stream.away = True
    shipping = asyncio.create_task(shipper.run(stream.send))
    await asyncio.sleep(0.1)
    assert stream.lines == []
    stream.away = False
    async with asyncio.timeout(60):
        await stream.arrived.wait()
        shipper(None, "info", {"event": "a newer line"})
        while stream.events[-1] != "a newer line":
            await asyncio.sleep(0.01)
    shipping.cancel()
    assert stream.events == ["line 0", "line 1", "line 2", "log lines dropped", "a newer line"]
    assert stream.lines[3][1].context == {"count": 2}


async def test_a_flood_is_sent_with_measure_and_what_was_dropped_is_told_while_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shipping_of, "_WAITING", 200)
    monkeypatch.setattr(shipping_of, "_PAUSE_SECONDS", 0.05)
    shipper, stream = Shipper("storage", "here", Clock()), Stream()
    shipping = asyncio.create_task(shipper.run(stream.send))
    said = 0
    began = time.monotonic()
    for _ in range(20):
        for _ in range(500):
            shipper(None, "info", {"event": "again"})
            said += 1
        await asyncio.sleep(0.01)
    told = [record.context["count"] for _, record in stream.lines if record.event == "log lines dropped"]
    assert told  # while there was no end in sight
    shipping.cancel()
    pauses = (time.monotonic() - began) / 0.05
    await shipper.flush(stream.send)
    told = [record.context["count"] for _, record in stream.lines if record.event == "log lines dropped"]
    assert stream.events.count("again") + sum(told) == said
    assert len(stream.lines) < 200 * (3 + pauses)  # a hundred at a time; what waited at the end was flushed


async def test_what_a_message_is_about_is_on_every_line_until_it_is_handled() -> None:
    shipper, stream = Shipper("storage", "here", Clock()), Stream()
    log = configure(shipper, "info")
    with bound_contextvars(job_id="0" * 16, video="v", batch="b" * 16, attempt=2, correlation="c", stage="x"):
        log.info("stored")
    log.info("something else")
    await shipper.flush(stream.send)
    (_, about), (_, other) = stream.lines
    assert (about.job_id, about.video, about.batch) == ("0" * 16, "v", "b" * 16)
    assert (about.attempt, about.correlation, about.context) == (2, "c", {"stage": "x"})
    assert (other.job_id, other.video, other.batch, other.attempt) == (None, "", "", 0)
    assert 0 < about.stamp < other.stamp


async def test_no_secret_is_told_to_anybody(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = secrets_in("--proxy http://me:hunter2@proxy:8080 --add-headers 'Cookie: SID=abcdef'")
    shipper, stream = Shipper("download", "here", Clock()), Stream()
    log = configure(shipper, "info", secrets=secrets)
    log.info("through http://me:hunter2@proxy:8080", path=Path("/hunter2"), nested={"sent": ["SID=abcdef"]})
    log.error("not handled", exc_info=ValueError("407 for me:hunter2"))
    await shipper.flush(stream.send)
    told = capsys.readouterr().err + "".join(f"{record}" for _, record in stream.lines)
    assert "proxy:8080" in told
    assert "hunter2" not in told
    assert "SID=abcdef" not in told


@pytest.mark.parametrize(
    ("terminal", "environment", "colours"),
    [
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, False),
    ],
)
def test_lines_have_colours_on_a_terminal_that_wants_them(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], colours: bool
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: terminal)
    monkeypatch.setattr("sys.stderr", out)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    configure(None, "info").warning("late")
    assert "late" in out.getvalue()
    assert ("\x1b[" in out.getvalue()) == colours
