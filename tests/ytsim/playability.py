"""What the site says of videos it does not play."""

from typing import Final, NamedTuple

from tests.ytsim.catalogue import State
from tests.ytsim.innertube import Json, text


class Refusal(NamedTuple):
    """A playability status, the reason shown, and the small print under it."""

    status: str
    reason: str
    subreason: str | None = None


_UNAVAILABLE: Final = "Video unavailable"
_MEMBERS: Final = "members-only content"

UNKNOWN: Final = Refusal("ERROR", _UNAVAILABLE, "This video is not available")

REFUSALS: Final = {
    State.PRIVATE: Refusal(
        "LOGIN_REQUIRED", "Private video", "Sign in if you've been granted access to this video"
    ),
    State.DELETED: Refusal("ERROR", _UNAVAILABLE, "This video has been removed by the uploader"),
    State.TERMINATED: Refusal(
        "ERROR",
        _UNAVAILABLE,
        "This video is no longer available because the YouTube account associated with this video has been "
        "terminated.",
    ),
    State.COPYRIGHT: Refusal(
        "ERROR", _UNAVAILABLE, "This video is no longer available due to a copyright claim by Example Corp"
    ),
    State.TOS: Refusal("ERROR", "This video has been removed for violating YouTube's Terms of Service"),
    State.UNAVAILABLE: UNKNOWN,
    State.MEMBERS: Refusal(
        "UNPLAYABLE",
        f"Join this channel to get access to {_MEMBERS} like this video, and other exclusive perks.",
    ),
    State.MEMBERS_LEVEL: Refusal(
        "UNPLAYABLE",
        "This video is available to this channel's members on level: Gold (or any higher level). "
        f"Join this channel to get access to {_MEMBERS} and other exclusive perks.",
    ),
    State.PAYMENT: Refusal("UNPLAYABLE", "This video requires payment to watch."),
    State.AGE: Refusal(
        "LOGIN_REQUIRED", "Sign in to confirm your age", "This video may be inappropriate for some users."
    ),
    State.BOT: Refusal(
        "LOGIN_REQUIRED",
        "Sign in to confirm you\N{RIGHT SINGLE QUOTATION MARK}re not a bot",
        "This helps protect our community. Learn more",
    ),
    State.GEO: Refusal(
        "UNPLAYABLE", _UNAVAILABLE, "The uploader has not made this video available in your country"
    ),
    State.BLOCKED: Refusal(
        "UNPLAYABLE",
        _UNAVAILABLE,
        "This video contains content from Example Corp, who has blocked it in your country on copyright "
        "grounds",
    ),
    State.LOGIN: Refusal("LOGIN_REQUIRED", "Please sign in"),
    State.RATELIMIT: Refusal("UNPLAYABLE", _UNAVAILABLE, "This content isn't available, try again later."),
    State.PROCESSING: Refusal("UNPLAYABLE", "We're processing this video. Check back later."),
    State.RECORDING: Refusal("UNPLAYABLE", "This live stream recording is not available."),
    State.RELOAD: Refusal("UNPLAYABLE", "The page needs to be reloaded."),
    State.UPCOMING: Refusal("LIVE_STREAM_OFFLINE", "This live event will begin in 3 hours."),
    State.PREMIERE: Refusal("LIVE_STREAM_OFFLINE", "Premieres in 4 hours"),
}


def playability(refusal: Refusal | None) -> Json:
    """Give the ``playabilityStatus`` of a video that is refused, or of one that plays."""
    if refusal is None:
        return {"status": "OK", "playableInEmbed": True}
    status: Json = {"status": refusal.status, "reason": refusal.reason, "playableInEmbed": False}
    if refusal.subreason:
        words = {"reason": text(refusal.reason), "subreason": text(refusal.subreason)}
        status["errorScreen"] = {"playerErrorMessageRenderer": words}
    return status
