"""What is done to the system in one run, drawn from a seed: the same seed draws the same plan. Pure."""

from collections.abc import Callable
from random import Random
from typing import Final

import msgspec

ACTORS: Final = ("jobs", "metadata", "download", "storage", "logs")
EVERYTHING: Final = "everything"
_PROGRAMS: Final = ("worker", "forkserver", "ffmpeg", "nats-server", "up")
_PLACES: Final = ("library", "state")
_BOUNDARIES: Final = (
    "job.submitted",
    "job.stage_started",
    "job.metadata_recorded",
    "job.media_downloaded",
    "job.archived",
)


class Moment(msgspec.Struct, frozen=True):
    """When a fault comes: `delay` seconds after the `count`-th event of a type, or after the last fault."""

    event: str = ""
    count: int = 0
    delay: float = 0.0

    def __str__(self) -> str:
        return f"{self.event} #{self.count} +{self.delay:.2f} s" if self.event else f"+{self.delay:.2f} s"


class Kill(msgspec.Struct, frozen=True, tag=True):
    """SIGKILL to a process: an actor by its name, one of `_PROGRAMS`, or all there are."""

    victim: str


class Stop(msgspec.Struct, frozen=True, tag=True):
    """SIGSTOP, and SIGCONT after so many seconds."""

    victim: str
    seconds: float


class Cut(msgspec.Struct, frozen=True, tag=True):
    """The wired actor's connections break, and no other is taken for so many seconds."""

    seconds: float


class Stall(msgspec.Struct, frozen=True, tag=True):
    """Nothing the wired actor says or hears arrives for so many seconds; then all of it does."""

    seconds: float


class Fill(msgspec.Struct, frozen=True, tag=True):
    """The disk of one of `_PLACES` is filled to the last byte, and freed after so many seconds."""

    place: str
    seconds: float


class Turn(msgspec.Struct, frozen=True, tag=True):
    """A knob of the simulator is turned, and back after so many seconds."""

    knob: str
    value: float
    seconds: float


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """The `job`-th of the jobs is called off, counted from 0, by somebody who insists until he is heard."""

    job: int


Fault = Kill | Stop | Cut | Stall | Fill | Turn | Cancel


class Step(msgspec.Struct, frozen=True):
    """A fault and its moment."""

    at: Moment
    fault: Fault

    def __str__(self) -> str:
        said = msgspec.structs.asdict(self.fault)
        words = [f"{value:.2f}" if isinstance(value, float) else str(value) for value in said.values()]
        return f"[{self.at}] {type(self.fault).__name__.lower()} {' '.join(words)}"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `videos` ordinary ones are asked for, `twice` the first again, `private` one nobody may see.

    `wired` is the actor of which a second one runs behind a proxy, `small` are the places on a disk of their
    own of `DISK_BYTES`, `min_free` the bytes kept free in the library, `bps` the speed of a download.
    """

    seed: int
    kind: str
    videos: int
    twice: bool
    private: bool
    workers: int
    bps: int
    pace: float
    wired: str = ""
    small: tuple[str, ...] = ()
    min_free: int = 0
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        asked = (
            f"{self.videos} videos{' one of them twice' * self.twice}{' and a private one' * self.private}"
        )
        wired = f", {self.wired} wired" if self.wired else ""
        steps = " · ".join(map(str, self.steps))
        return f"{asked}, {self.workers} workers, {self.bps} B/s, pace {self.pace}{wired}: {steps}"


def _moment(random: Random) -> Moment:
    if random.random() < 0.5:
        return Moment(delay=random.uniform(0, 2.5))
    return Moment(
        random.choice(_BOUNDARIES), random.randint(1, 2), random.choice((0.0, random.uniform(0, 0.5)))
    )


def _kill(random: Random) -> Fault:
    return Kill(random.choice((*ACTORS, *_PROGRAMS, EVERYTHING)))


def _stop(random: Random) -> Fault:
    return Stop(random.choice((*ACTORS, "worker", "nats-server")), random.uniform(5.5, 8))


def _wire(random: Random) -> Fault:
    return random.choice((Cut, Stall))(random.choice((random.uniform(0, 1), random.uniform(5.5, 8))))


def _disk(random: Random) -> Fault:
    return Fill(random.choice(_PLACES), random.uniform(1, 6))


def _site(random: Random) -> Fault:
    knob, value = random.choice(
        (
            ("api_429", random.randint(1, 6)),
            ("media_403", random.randint(1, 2)),
            ("ttl", random.choice((-10, 60))),
            ("drop_after", random.randint(1, 1_500_000)),
            ("api_503", random.randint(1, 4)),
            ("media_error", random.randint(1, 4)),
            ("latency", 1),
        )
    )
    return Turn(knob, value, 0.4 if knob == "ttl" else random.uniform(1, 4))


_DRAWS: Final[dict[str, tuple[Callable[[Random], Fault], ...]]] = {
    "kill": (_kill,),
    "stop": (_stop,),
    "wire": (_wire,),
    "disk": (_disk,),
    "site": (_site,),
    "mixed": (_kill, _kill, _kill, _stop, _wire, _disk, _site, _site),
}
KINDS: Final = tuple(_DRAWS)
_MOST: Final = {"kill": 4, "stop": 2, "mixed": 4}
_CANCELS: Final = 0.25
DISK_BYTES: Final = 64 << 20


def draw(seed: int, kind: str = "") -> Plan:
    """Draw a plan; of its `kind`, or else of the one whose turn it is by the seed."""
    kind = kind or KINDS[seed % len(KINDS)]
    random = Random(f"{kind} {seed}")
    faults = [random.choice(_DRAWS[kind])(random) for _ in range(random.randint(1, _MOST.get(kind, 3)))]
    plan = Plan(
        seed=seed,
        kind=kind,
        videos=random.randint(2, 3),
        twice=random.random() < 0.25,
        private=random.random() < 0.25,
        workers=random.randint(1, 3),
        bps=random.choice((250_000, 500_000, 1_000_000)),
        pace=0.01,
        wired=random.choice(ACTORS) if any(isinstance(fault, Cut | Stall) for fault in faults) else "",
        small=tuple(sorted({fault.place for fault in faults if isinstance(fault, Fill)})),
        min_free=random.choice((0, 1 << 20)),
        steps=tuple(Step(_moment(random), fault) for fault in faults),
    )
    return _with_cancel(plan, random) if random.random() < _CANCELS else plan


def _with_cancel(plan: Plan, random: Random) -> Plan:
    """Have one of the jobs called off somewhere among the faults."""
    step = Step(_moment(random), Cancel(random.randrange(plan.videos)))
    place = random.randint(0, len(plan.steps))
    return msgspec.structs.replace(plan, steps=(*plan.steps[:place], step, *plan.steps[place:]))
