"""Jobs as the read model shows them."""

from typing import Any

from schemas.common import Category, Failure, State
from schemas.queries import EgressView, JobView
from tests.jobs import AT, JOB, URL, failure


def job(state: State, category: Category | None = None, **more: Any) -> JobView:
    """Give a job in a state, because of a kind of failure."""
    error = failure(category) if category else None
    return JobView(**({"job_id": JOB, "url": URL, "state": state, "error": error} | more))


def refusal(resting: int = 0, **more: Any) -> EgressView:
    """Give an identity that the site refuses until `AT`."""
    failure = Failure(category=Category.RATE_LIMIT, message="HTTP Error 429")
    given: dict[str, Any] = {
        "egress": "here",
        "until": AT,
        "refusals": 1,
        "failure": failure,
        "resting": resting,
    }
    return EgressView(**(given | more))
