"""``recovery``: what does not work, and trying it again. Each gives an exit code."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cli import render, troubles
from cli.finding import check_prefix
from cli.inspect import job_and_events
from cli.letters import read_letters
from cli.listing import check_categories, check_states, list_jobs, show_idle, show_refused
from cli.output import answer, show, write_json
from cli.render import recovery as render_recovery
from cli.runner import ASKED, run_async
from cli.session import joined, nothing_runs, reading
from cli.steering import RETRY, carried_out, check_named, named_jobs
from schemas.common import State
from schemas.recovery_reports import RecoverySummary, RetryReport
from schemas.reports import JobsReport
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from schemas.queries import JobList
    from schemas.recovery_reports import LetterReport
    from ytarchive.settings import Settings

_RETRIED: Final = (*troubles.LISTED, State.CANCELLED)


def list_troubles(
    settings: "Settings", states: Sequence[str], categories: Sequence[str], *, as_json: bool
) -> int:
    """List jobs that are expected to be tried again, or those of `states`."""
    wanted, kinds = check_states(states), check_categories(categories)

    async def main() -> "JobList":
        async with reading(settings) as bus:
            return await list_jobs(bus, wanted or troubles.LISTED)

    alone = nothing_runs(settings)
    found = run_async(main())
    jobs = [job for job in troubles.of_kind(found.jobs, kinds) if wanted or troubles.expected(job)]
    if as_json:
        write_json(JobsReport(jobs=tuple(jobs), blocked=found.blocked))
    else:
        show(render_recovery.jobs_table(jobs))
        show_refused(found.blocked)
        if given_up := len(troubles.of_kind(found.jobs, kinds)) - len(jobs):
            show(f"and {given_up} given up: `ytarchive recovery list --state failed` shows them")
    if alone:
        show_idle()
    return 0


def show_job(settings: "Settings", prefix: str, *, as_json: bool) -> int:
    """Show what was tried for one job, and what helps."""
    job, events = job_and_events(settings, prefix)
    report = troubles.recovery(job, events, datetime.now(UTC))
    answer(report, render_recovery.job, as_json=as_json)
    return 0


def report(settings: "Settings", *, as_json: bool) -> int:
    """Count what does not work."""

    async def main() -> "tuple[JobList, list[LetterReport]]":
        async with reading(settings) as bus:
            return await list_jobs(bus, troubles.LISTED), await read_letters(bus)

    found, letters = run_async(main())
    summary = RecoverySummary(
        counts=troubles.counted(found.jobs),
        blocked=found.blocked,
        letters=dict(Counter(letter.actor for letter in letters)),
    )
    if as_json:
        write_json(summary)
    else:
        show(render_recovery.summary(summary))
        show_refused(summary.blocked)
    return 0


def retry(
    settings: "Settings",
    names: Sequence[str],
    states: Sequence[str],
    categories: Sequence[str],
    *,
    everything: bool,
    as_json: bool,
) -> int:
    """Try again, now, what is named, or all of some states and kinds. Says what came of it at once."""
    wanted, kinds = check_states(states), check_categories(categories)
    if hopeless := set(wanted) - set(_RETRIED):
        raise UsageError(
            f"what is {' or '.join(sorted(hopeless))} cannot be tried again",
            hint=f"There are: {', '.join(_RETRIED)}.",
        )
    check_named([*names, *wanted, *kinds], "jobs, a --state or a --category", everything=everything)
    for name in names:
        check_prefix(name)

    async def main() -> RetryReport:
        async with joined(settings) as bus:
            if names:
                found = [
                    job for job in await named_jobs(bus, names, RETRY) if not wanted or job.state in wanted
                ]
            else:
                listed = (await list_jobs(bus, wanted or troubles.LISTED)).jobs
                found = [job for job in listed if wanted or troubles.retriable(job)]
            chosen = troubles.of_kind(found, kinds)
            now, blocked = await carried_out(bus, chosen, RETRY)
            return RetryReport(
                before=troubles.by_state(chosen),
                after=troubles.by_state(now),
                jobs=tuple(now),
                blocked=blocked,
            )

    outcome = run_async(main(), interrupted=ASKED)
    if as_json:
        write_json(outcome)
    else:
        show(render.jobs_table(outcome.jobs))
        show(render_recovery.retried(outcome))
        show_refused(outcome.blocked)
    return 0
