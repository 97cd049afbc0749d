"""What ``/youtubei/v1/player`` answers, and the watch page repeats: whether it plays, and what is where."""

import time

from tests.ytsim.catalogue import CHANNEL, CHANNEL_ID, HANDLE, State, Video
from tests.ytsim.innertube import VISITOR, Json, nested, text, thumbnails
from tests.ytsim.playability import REFUSALS, UNKNOWN, playability
from tests.ytsim.site import Site
from tests.ytsim.streaming import streaming_data

_LIVE = frozenset({State.UPCOMING, State.PREMIERE, State.LIVE})
_ISO = "%Y-%m-%dT%H:%M:%S+00:00"


def player(site: Site, id_: str, client: str = "WEB") -> Json:
    """Give the player's response for one kind of client."""
    video = site.catalogue.video(id_)
    if video is None:
        return {"playabilityStatus": playability(UNKNOWN), "videoDetails": {"videoId": id_}}
    state = site.catalogue.state(id_)
    response: Json = {
        "responseContext": {"visitorData": VISITOR},
        "playabilityStatus": playability(REFUSALS.get(state)),
        "videoDetails": _details(video, state, site.media.seconds(state)),
        "microformat": {"playerMicroformatRenderer": _microformat(video, state, site.media.seconds(state))},
    }
    if streams := streaming_data(site, id_, client):
        response["streamingData"] = streams
    if state is State.WAIT:
        response["adPlacements"] = [_preroll(3)]
    if state not in REFUSALS:
        response["captions"] = {"playerCaptionsTracklistRenderer": _captions(id_)}
    return response


def _details(video: Video, state: State, seconds: int) -> Json:
    details: Json = {
        "videoId": video.id,
        "title": video.title,
        "lengthSeconds": "0" if state in _LIVE else str(seconds),
        "keywords": ["sim", "test", f"k{video.index}"],
        "channelId": CHANNEL_ID,
        "shortDescription": video.description,
        "thumbnail": {"thumbnails": thumbnails(video.id)},
        "viewCount": str(video.views),
        "author": CHANNEL,
        "isPrivate": False,
        "isLiveContent": (state in _LIVE and state is not State.PREMIERE) or video.streamed,
    }
    if state is State.LIVE:
        details["isLive"] = True
    elif state in _LIVE:
        details["isUpcoming"] = True
    return details


def _microformat(video: Video, state: State, seconds: int) -> Json:
    microformat: Json = {
        "title": text(video.title),
        "description": text(video.description),
        "lengthSeconds": str(seconds),
        "ownerProfileUrl": f"http://www.youtube.com/{HANDLE}",
        "externalChannelId": CHANNEL_ID,
        "isFamilySafe": True,
        "isUnlisted": False,
        "viewCount": str(video.views),
        "category": "Science & Technology",
        "publishDate": video.date,
        "uploadDate": video.date,
        "ownerChannelName": CHANNEL,
        "availableCountries": ["DE", "FR"] if state is State.GEO else ["US", "DE", "FR"],
        "thumbnail": {"thumbnails": thumbnails(video.id)},
    }
    if broadcast := _broadcast(video, state, seconds):
        microformat["liveBroadcastDetails"] = broadcast
    return microformat


def _broadcast(video: Video, state: State, seconds: int) -> Json | None:
    """Give when it is live: in three hours, since ten minutes, or on the day it was uploaded."""
    if state in _LIVE:
        start = time.time() + (-600 if state is State.LIVE else 3 * 3600)
        return {"isLiveNow": state is State.LIVE, "startTimestamp": _iso(start)}
    if video.streamed:
        start = video.uploaded
        return {"isLiveNow": False, "startTimestamp": _iso(start), "endTimestamp": _iso(start + seconds)}
    return None


def _iso(moment: float) -> str:
    return time.strftime(_ISO, time.gmtime(moment))


def _preroll(seconds: int) -> Json:
    """Give an advertisement, from which yt-dlp concludes from when on media may be asked for."""
    advertisement = {
        "skipOffsetMilliseconds": seconds * 1000,
        "playerVars": f"length_seconds={seconds}",
    }
    return {
        "adPlacementRenderer": {
            "config": nested("adPlacementConfig.kind", "AD_PLACEMENT_KIND_START"),
            "renderer": {"instreamVideoAdRenderer": advertisement},
        }
    }


def _captions(video: str) -> Json:
    english = {"languageCode": "en", "isTranslatable": True}
    url = f"https://www.youtube.com/api/timedtext?v={video}"
    return {
        "captionTracks": [
            {**english, "baseUrl": f"{url}&lang=en", "name": text("English"), "vssId": ".en"},
            {
                **english,
                "baseUrl": f"{url}&kind=asr&lang=en",
                "name": text("English (auto-generated)"),
                "vssId": "a.en",
                "kind": "asr",
            },
        ],
        "translationLanguages": [{"languageCode": "de", "languageName": text("German")}],
    }
