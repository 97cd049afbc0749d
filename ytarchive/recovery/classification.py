"""Giving errors a name: the one door for all that are not yt-dlp's."""

import re

from schemas.common import Category, Failure
from ytarchive.errors import StageFailed
from ytarchive.recovery.causes import CAUSES, UNFORESEEN, Cause


def classify(error: BaseException, doing: str = "") -> Failure:
    """Say what kind of failure an error is, with a hint; `doing` tells what did not work because of it.

    What has a name already keeps it.
    """
    if isinstance(error, StageFailed):
        return error.failure
    cause = cause_of(error)
    told = str(error)
    if cause.category is Category.BUG or not told:
        told = f"{type(error).__name__}: {told}" if told else type(error).__name__
    return Failure(category=cause.category, message=f"{doing}: {told}" if doing else told, hint=cause.hint)


def cause_of(error: BaseException) -> Cause:
    """Give the row of the table that decides."""
    names = {f"{base.__module__}.{base.__name__}" for base in type(error).__mro__}
    return next((cause for cause in CAUSES if _fits(cause, error, names)), UNFORESEEN)


def _fits(cause: Cause, error: BaseException, names: set[str]) -> bool:
    return (
        (not cause.error or cause.error in names)
        and (not cause.errno or getattr(error, "errno", None) in cause.errno)
        and (not cause.code or getattr(error, "err_code", None) in cause.code)
        and (not cause.said or re.search(cause.said, str(error), re.IGNORECASE) is not None)
    )
