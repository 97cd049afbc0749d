"""Which log lines are meant by a question for some."""

from schemas.logs import LEVELS, AskLogs, KeptLine


def fits(asked: AskLogs, line: KeptLine) -> bool:
    """Tell whether a line is one of those asked for.

    Its time is when the server took it: that is one clock, where nodes have one each.
    """
    taken = line.stored_at or line.at
    return (
        LEVELS.get(line.level, 0) >= LEVELS.get(asked.level, 0)
        and asked.actor in ("", line.actor)
        and (asked.since is None or taken >= asked.since)
        and (asked.until is None or taken <= asked.until)
        and _about(asked, line)
    )


def needles(asked: AskLogs) -> tuple[bytes, ...]:
    """Give the words of which a line that fits has one, wherever; none where any line may fit."""
    return tuple(name.encode() for name in (*asked.jobs, asked.video, asked.batch) if name)


def _about(asked: AskLogs, line: KeptLine) -> bool:
    if not (asked.jobs or asked.video or asked.batch):
        return True
    return (
        line.job_id in asked.jobs
        or bool(asked.video and line.video == asked.video)
        or bool(asked.batch and line.batch == asked.batch)
    )
