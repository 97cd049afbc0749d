"""What is known of lists that were made before, so that the next look need not read all of one again."""

import msgspec

from schemas.events import JobEvent, ListingFinished, PageRecorded
from schemas.options import Choices
from ytarchive.domain.job import Job

_TOP = 20
"""Entries by which the place is found again where a list is as it was."""


class Known(msgspec.Struct, frozen=True):
    """The top of a list as it was, and the job that made it."""

    ids: tuple[str, ...] = ()
    job_id: str | None = None


class Lists:
    """The latest complete list behind each address, by what was chosen from it."""

    def __init__(self) -> None:
        self._tops: dict[str, tuple[str, ...]] = {}
        self._lengths: dict[str, int] = {}
        self._latest: dict[tuple[str, bytes], str] = {}

    def known(self, url: str, choices: Choices) -> Known:
        """Give what is known of the list behind a URL. Of one that is cut off at the top, nothing is."""
        job_id = None if choices.newest else self._latest.get(_key(url, choices))
        return Known(self._tops.get(job_id, ()), job_id) if job_id else Known()

    def hear(self, event: JobEvent, job: Job) -> int:
        """Learn from an event of a job, as that is afterwards. Gives how much longer its list is now."""
        match event:
            case PageRecorded(entries=entries):
                above = self._tops.get(job.job_id, ())
                self._tops[job.job_id] = (*above, *(entry.video_id for entry in entries))[:_TOP]
                self._lengths[job.job_id] = job.entries
                return len(entries)
            case ListingFinished(met=met, above=above):
                self._latest[_key(job.url, job.options.choices)] = job.job_id
                return self._gone_on(job, met, above)
            case _:
                return 0

    def _gone_on(self, job: Job, met: str | None, above: int) -> int:
        """Have a list go on as the previous one did from the entry they have in common.

        What it had behind that is of the collection's other lists, and no part of its top.
        """
        previous = job.previous or ""
        before = self._tops.get(previous, ())
        if met not in before:
            return 0
        place = before.index(met)
        rest = self._lengths[previous] - place
        self._tops[job.job_id] = (*self._tops.get(job.job_id, ())[:above], *before[place:])[:_TOP]
        self._lengths[job.job_id] = job.entries + rest
        return rest


def _key(url: str, choices: Choices) -> tuple[str, bytes]:
    return url, msgspec.json.encode(choices)
