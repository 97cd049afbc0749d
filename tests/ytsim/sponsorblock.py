"""sponsor.ajay.app: which parts of a video some would rather not see."""

import hashlib
import re
from typing import Final

import msgspec

from tests.ytsim.media import SECONDS
from tests.ytsim.reply import Reply, json_reply, refusal
from tests.ytsim.site import Request, Site

SEGMENTS: Final = {"intro": (0.0, 1.5), "sponsor": (4.0, 7.3)}
"""What everybody says of every ordinary video, in seconds."""

_QUESTION: Final = re.compile(r"/api/skipSegments/([0-9a-f]{4})")


def sponsorblock(site: Site, request: Request) -> Reply:
    """Answer with the segments of all videos whose hash begins as asked; 404 where there are none."""
    if site.spend("sponsorblock_503"):
        return refusal(503, "Service Unavailable")
    if not (found := _QUESTION.fullmatch(request.path)):
        return refusal(404)
    wanted = msgspec.json.decode(request.query["categories"], type=list[str])
    segments = [
        {
            "segment": segment,
            "UUID": f"{category}{found[1]}",
            "category": category,
            "videoDuration": SECONDS,
            "actionType": "skip",
            "description": "",
        }
        for category, segment in SEGMENTS.items()
        if category in wanted
    ]
    ids = [id_ for id_ in site.catalogue.ids if hashlib.sha256(id_.encode()).hexdigest()[:4] == found[1]]
    if not ids or not segments:
        return refusal(404)
    somebody = {"videoID": "aaaaaaaaaaA", "segments": [{**segments[0], "segment": [0, SECONDS]}]}
    return json_reply([somebody, *({"videoID": id_, "segments": segments} for id_ in ids)])
