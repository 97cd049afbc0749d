"""Doing to a machine what was drawn."""

import contextlib
import errno
import os
import signal
import time
from pathlib import Path
from random import Random
from typing import Final

import psutil

from tests.chaos.machine import Machine
from tests.chaos.plan import EVERYTHING, Cut, Fault, Fill, Kill, Stall, Step, Stop, Turn
from tests.chaos.witness import Witness
from tests.ytsim.knobs import Knobs

_BOUNDARY_SECONDS: Final = 6.0
"""How long a boundary is waited for: it may be one that never comes."""
_VICTIM_SECONDS: Final = 3.0
_BLOCK: Final = 1 << 20


def strike(machine: Machine, witness: Witness, steps: tuple[Step, ...], random: Random) -> None:
    """Let each fault come at its moment, and be over."""
    for step in steps:
        if step.at.event:
            witness.wait(step.at.event, step.at.count, _BOUNDARY_SECONDS)
        time.sleep(step.at.delay)
        commit(machine, step.fault, random)


def commit(machine: Machine, fault: Fault, random: Random) -> None:
    """Do one fault, and undo it when its time is over; nothing is done where there is no such victim."""
    match fault:
        case Kill(victim=victim):
            for process in _found(machine, victim, random):
                _signal(process, signal.SIGKILL)
        case Stop(victim=victim, seconds=seconds):
            stopped = _found(machine, victim, random)
            for process in stopped:
                _signal(process, signal.SIGSTOP)
            time.sleep(seconds)
            for process in stopped:
                _signal(process, signal.SIGCONT)
        case Cut(seconds=seconds) | Stall(seconds=seconds):
            assert machine.wire
            (machine.wire.cut if isinstance(fault, Cut) else machine.wire.hold)()
            time.sleep(seconds)
            machine.wire.mend()
        case Fill(seconds=seconds):
            ballast = machine.home.library / ".ytarchive" / "ballast"
            _fill(ballast)
            time.sleep(seconds)
            ballast.unlink(missing_ok=True)
        case Turn(knob=knob, value=value, seconds=seconds):
            machine.sim.set(**{knob: value})
            time.sleep(seconds)
            machine.sim.set(**{knob: getattr(Knobs(), knob)})


def _found(machine: Machine, victim: str, random: Random) -> list[psutil.Process]:
    """Give one of the victim's processes, waiting a little for it, or all where everything is meant."""
    deadline = time.monotonic() + _VICTIM_SECONDS
    while not (found := machine.victims(victim)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found if victim == EVERYTHING else random.sample(found, min(len(found), 1))


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _fill(ballast: Path) -> None:
    ballast.parent.mkdir(parents=True, exist_ok=True)
    block = bytes(_BLOCK)
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(block):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    os.sync()
