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
        self._latest: dict[tuple[str, bytes], str] = {}

    def known(self, url: str, choices: Choices) -> Known:
        """Give what is known of the list behind a URL. Of one that is cut off at the top, nothing is."""
        job_id = None if choices.newest else self._latest.get(_key(url, choices))
        return Known(self._tops[job_id], job_id) if job_id else Known()

    def hear(self, event: JobEvent, job: Job) -> None:
        """Learn from an event of a job, as that is afterwards."""
        match event:
            case PageRecorded(page=1, entries=entries):
                self._tops[job.job_id] = tuple(entry.video_id for entry in entries[:_TOP])
            case ListingFinished(met=met):
                before = self._tops.get(job.previous or "", ())
                rest = before[before.index(met) :] if met in before else ()
                self._tops[job.job_id] = (*self._tops.get(job.job_id, ()), *rest)[:_TOP]
                self._latest[_key(job.url, job.options.choices)] = job.job_id
            case _:
                pass


def _key(url: str, choices: Choices) -> tuple[str, bytes]:
    return url, msgspec.json.encode(choices)
