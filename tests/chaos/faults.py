"""Doing to a machine what was drawn."""

import contextlib
import signal
import time
from collections.abc import Sequence
from random import Random
from typing import Final

import psutil

from tests.chaos.machine import Machine
from tests.chaos.plan import EVERYTHING, Cancel, Cut, Fault, Fill, Kill, Stall, Step, Stop, Turn
from tests.chaos.witness import Witness
from tests.disks import filled
from tests.e2e.home import Home, until
from tests.ytsim.knobs import Knobs

_BOUNDARY_SECONDS: Final = 6.0
"""How long a boundary is waited for: it may be one that never comes."""
_VICTIM_SECONDS: Final = 3.0
_CANCEL_SECONDS: Final = 90.0
_NOBODY: Final = 3


def strike(
    machine: Machine, witness: Witness, steps: tuple[Step, ...], random: Random, jobs: Sequence[str]
) -> None:
    """Let each fault come to the system, or to one of the jobs, at its moment, and be over."""
    for step in steps:
        if step.at.event:
            witness.wait(step.at.event, step.at.count, _BOUNDARY_SECONDS)
        time.sleep(step.at.delay)
        commit(machine, step.fault, random, jobs)


def commit(machine: Machine, fault: Fault, random: Random, jobs: Sequence[str] = ()) -> None:
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
        case Fill(place=place, seconds=seconds):
            with filled(machine.folder(place)):
                time.sleep(seconds)
        case Turn(knob=knob, value=value, seconds=seconds):
            machine.sim.set(**{knob: value})
            time.sleep(seconds)
            machine.sim.set(**{knob: getattr(Knobs(), knob)})
        case Cancel(job=number):
            _call_off(machine.home, jobs[number])


def _call_off(home: Home, job: str) -> None:
    """Cancel a job. Whoever is away comes back, and what has ended already is left so."""
    until(
        lambda: home.run("cancel", job, code=None, seconds=_CANCEL_SECONDS).code != _NOBODY,
        f"{job} to be called off",
        seconds=_CANCEL_SECONDS,
        every=0.3,
    )


def _found(machine: Machine, victim: str, random: Random) -> list[psutil.Process]:
    """Give one of the victim's processes, waiting a little for it, or all where everything is meant."""
    deadline = time.monotonic() + _VICTIM_SECONDS
    while not (found := machine.victims(victim)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found if victim == EVERYTHING else random.sample(found, min(len(found), 1))


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
