"""Whoever prints is never kept waiting, though nobody reads what is printed."""

import contextlib
import json
import os
import time

import pytest

from ytarchive.runtime import printer as printing
from ytarchive.runtime.printer import Printer


def test_what_is_printed_comes_out_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_LAST_SECONDS", 60)
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as out, Printer(out) as printer:
        assert not printer.isatty()
        for number in range(500):
            printer.write(f"{number}\n")
            printer.flush()
    with os.fdopen(reading) as file:
        assert file.read().split() == [str(number) for number in range(500)]


def test_a_pipe_that_nobody_reads_blocks_nobody_and_what_was_dropped_is_counted() -> None:
    reading, writing = os.pipe()
    line = f"{'x' * 999}\n"
    with os.fdopen(writing, "w") as out, Printer(out) as printer:
        began = time.monotonic()
        for _ in range(5000):
            printer.write(line)
        assert time.monotonic() - began < 60
        printed = dropped = 0
        with os.fdopen(reading) as file:
            while printed + dropped < 5000:
                if (said := file.readline()) == line:
                    printed += 1
                else:
                    dropped += json.loads(said)["count"]
    assert printed + dropped == 5000
    assert dropped > 2500  # the pipe, who writes into it, and the queue hold little more than two thousand


def test_who_reads_no_longer_is_not_minded() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as out, Printer(out) as printer:
        printer.write("one\n")
        printer.write("two\n")
