"""What an audit was asked to look at."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from cli.amounts import moment, per_cent
from cli.finding import check_prefix, find_job_in
from schemas.fixity import Depth, Scope
from ytarchive.domain.audit import within
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from ytarchive.domain.catalogue import Catalogue


class Asked(NamedTuple):
    """The options of ``audit`` that say what is to be done."""

    deep: bool = False
    probe: bool = False
    since: str | None = None
    channel: str = ""
    jobs: tuple[str, ...] = ()
    sample: str | None = None
    resume: bool = False
    every: str | None = None
    history: bool = False

    @property
    def depth(self) -> Depth:
        """How closely."""
        return Depth.PACKETS if self.probe else Depth.CONTENT if self.deep or self.every else Depth.NAMES

    @property
    def narrow(self) -> bool:
        """Whether something is left out."""
        return bool(self.since or self.channel or self.jobs or self.sample)


def check(asked: Asked) -> None:
    """Raise `UsageError` for options that do not go together, or say nothing that can be understood."""
    if asked.since:
        moment(asked.since, datetime.now(UTC))
    if asked.sample:
        per_cent(asked.sample)
    for prefix in asked.jobs:
        check_prefix(prefix)
    if asked.history + asked.resume + bool(asked.every) > 1:
        raise UsageError("--resume, --every and --history are said alone")
    if (asked.narrow or (asked.deep and asked.resume)) and (asked.history or asked.resume or asked.every):
        alone = "--resume" if asked.resume else "--every" if asked.every else "--history"
        raise UsageError(f"{alone} takes no choice of what is looked at")


def scope_of(known: "Catalogue", asked: Asked, now: datetime) -> Scope:
    """Give what is to be looked at. Raises `UsageError` where a job or a channel is not known."""
    scope = Scope(
        depth=asked.depth,
        since=moment(asked.since, now) if asked.since else None,
        channel=asked.channel,
        jobs=tuple(dict.fromkeys(find_job_in(known, prefix) for prefix in asked.jobs)),
        sample=per_cent(asked.sample) if asked.sample else None,
    )
    if asked.channel and not within(known, Scope(channel=asked.channel), ""):
        raise UsageError(
            f"nothing is archived of a channel {asked.channel!r}",
            hint="Its name, its id, or the name of its folder.",
        )
    return scope
