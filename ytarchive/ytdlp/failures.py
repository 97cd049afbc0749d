"""Giving yt-dlp's errors a name.

It wraps what happened (`DownloadError.exc_info`, `ExtractorError.cause`), sometimes says the reason only in a
warning, and words it for its own command line.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Final

from schemas.common import Failure
from ytarchive.errors import StageFailed
from ytarchive.passwords import without_secrets
from ytarchive.ytdlp.failure_rules import RULES, UNFORESEEN, Rule

_LONGEST: Final = 500
_WORDING: Final = 2000


class YtdlpFailure(StageFailed):
    """yt-dlp could not do it. `warnings` are what it said before."""

    def __init__(self, failure: Failure, warnings: Sequence[str] = ()) -> None:
        super().__init__(failure)
        self.warnings = tuple(warnings)


def classify(error: BaseException, warnings: Sequence[str] = ()) -> Failure:
    """Say what kind of failure an exception of yt-dlp is, in one line and with a hint."""
    rule, message, wording = rule_for(error, warnings), message_of(error), _plain(str(error))[:_WORDING]
    return Failure(
        category=rule.category,
        message=message,
        hint=rule.hint,
        ytdlp=version("yt-dlp"),
        wording="" if wording == message else wording,
    )


def rule_for(error: BaseException, warnings: Sequence[str] = ()) -> Rule:
    """Give the row of the table that decides."""
    chain = list(_chain(error))
    said = _plain(" | ".join(str(one) for one in chain))
    warned = _plain(" | ".join(warnings))
    names = {base.__name__ for one in chain for base in type(one).__mro__}
    statuses = [status for one in chain if isinstance(status := getattr(one, "status", None), int)]
    statuses += map(int, re.findall(r"HTTP Error (\d{3})", said))  # retries give up with words alone
    return next((rule for rule in RULES if _fits(rule, said, warned, names, statuses)), UNFORESEEN)


def message_of(error: BaseException) -> str:
    """Give the error in one line, without what only helps users of yt-dlp's own command line."""
    text = _PREFIX.sub("", _plain(str(error)))
    text = _ADVICE.split(text, maxsplit=1)[0].strip(" ;,\u2026")
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}\u2026"
    return text or type(error).__name__


_PREFIX: Final = re.compile(r"^(ERROR: )?(\[[\w:+-]+\] (@?[\w.-]{1,64}: )?)?")
_ADVICE: Final = re.compile(
    r"; please report this issue|\. Confirm you are on the latest version|\(caused by |"
    r"Use --|Use `|See +https?://|You might want to use a VPN|It is recommended to use|\. Also see +http",
)
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def _plain(text: str) -> str:
    """Strip colours, logins and what is no text, bring apostrophes into one form, and make it one line."""
    told = without_secrets(_ANSI.sub("", readable(text)))
    return " ".join(told.replace("\u2019", "'").split())


def readable(text: str) -> str:
    """Replace halves of surrogate pairs, which sites send and JSON refuses."""
    return text.encode("utf-8", "replace").decode()


def _fits(rule: Rule, said: str, warned: str, names: set[str], statuses: Iterable[int]) -> bool:
    return (
        (not rule.said or re.search(rule.said, said, re.IGNORECASE) is not None)
        and (not rule.warned or re.search(rule.warned, warned, re.IGNORECASE) is not None)
        and (not rule.error or rule.error in names)
        and (rule.status is None or any(rule.status[0] <= one <= rule.status[1] for one in statuses))
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give the error and what it wraps, each once, in yt-dlp's various ways of wrapping."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or one in seen:
            continue
        seen.append(one)
        yield one
        waiting += [(getattr(one, "exc_info", None) or (None, None))[1], getattr(one, "cause", None)]
        waiting += [one.__cause__, one.__context__ if not one.__suppress_context__ else None]
