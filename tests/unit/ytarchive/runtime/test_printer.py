"""Whoever prints is never kept waiting, though nobody reads what is printed."""

import contextlib
import json
import os
import time

from ytarchive.runtime.printer import Printer


def test_what_is_printed_comes_out_in_its_order() -> None:
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
        assert time.monotonic() - began < 2
        dropped = printer.dropped
        assert dropped > 3000
        with os.fdopen(reading) as file:
            lines = [file.readline() for _ in range(5000 - dropped + 1)]
    assert lines[:-1] == [line] * (5000 - dropped)
    assert json.loads(lines[-1])["count"] == dropped


def test_who_reads_no_longer_is_not_minded() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as out, Printer(out) as printer:
        printer.write("one\n")
        printer.write("two\n")
