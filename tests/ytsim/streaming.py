"""The media URLs a player is given, and which of those that come back are honoured."""

import hashlib
import time
from urllib.parse import urlencode

from tests.ytsim.catalogue import State
from tests.ytsim.innertube import Json
from tests.ytsim.media import Rendition
from tests.ytsim.playability import REFUSALS
from tests.ytsim.player_js import n_answer, signature_challenge
from tests.ytsim.site import Request, Site

_N_CLIENTS = ("WEB", "TVHTML5", "MWEB")
_MANIFESTS = "https://manifest.googlevideo.com/api/manifest"


def streaming_data(site: Site, video: str, client: str) -> Json:
    """Give the ``streamingData`` of a video for one kind of client; empty where there is none."""
    state = site.catalogue.state(video)
    if state in REFUSALS or state is State.NOFORMATS:
        return {}
    match state:
        case State.DRM:
            return {"licenseInfos": [{"drmFamily": "WIDEVINE"}], "expiresInSeconds": "21540"}
        case State.HLS:
            return {"hlsManifestUrl": f"{_MANIFESTS}/hls_variant/id/{video}/itag/0/file/index.m3u8"}
        case State.LIVE:
            return {"hlsManifestUrl": f"{_MANIFESTS}/hls_variant/id/{video}/live/1/file/index.m3u8"}
    formats: dict[bool, list[Json]] = {True: [], False: []}
    for rendition, path in site.media.offered(state).items():
        length = site.media.seconds(state)
        described = _format(rendition, path.stat().st_size, length)
        if state is not State.SABR or rendition.progressive:
            described |= _source(site, video, rendition.itag, client)
        formats[rendition.progressive].append(described)
    return {"expiresInSeconds": "21540", "formats": formats[True], "adaptiveFormats": formats[False]}


def unfit(site: Site, request: Request) -> str | None:
    """Say what is wrong with a media URL: it expired, or a challenge was answered wrongly."""
    query = request.query
    video, itag = query.get("id", ""), query.get("itag", "")
    if time.time() > int(query.get("expire", 0)):
        return "expired"
    if "n" in query and query["n"] != n_answer(_n_challenge(video, itag)):
        return "n is not the answer"
    if site.catalogue.state(video) is State.SIG and query.get("sig") != _signature(video):
        return "sig is not the answer"
    return None


def _format(rendition: Rendition, size: int, seconds: int) -> Json:
    bitrate = size * 8 // seconds
    return {
        "itag": rendition.itag,
        "mimeType": rendition.mime,
        "contentLength": str(size),
        "bitrate": bitrate,
        "averageBitrate": bitrate,
        "approxDurationMs": str(seconds * 1000),
        "lastModified": "1700000000000000",
        **rendition.traits,
    }


def _source(site: Site, video: str, itag: int, client: str) -> Json:
    """Give where a format's bytes are: a URL, or one whose signature is still to be found."""
    state = site.catalogue.state(video)
    query: dict[str, object] = {
        "expire": int(time.time() + site.knobs.ttl),
        "id": video,
        "itag": itag,
        "c": client,
        "ip": "127.0.0.1",
    }
    if client.startswith(_N_CLIENTS) or state is State.NPLAYER:
        query["n"] = _n_challenge(video, str(itag))
    url = f"https://rr1---sn-sim.googlevideo.com/videoplayback?{urlencode(query)}"
    if state is not State.SIG:
        return {"url": url}
    cipher = {"s": signature_challenge(_signature(video)), "sp": "sig", "url": url}
    return {"signatureCipher": urlencode(cipher)}


def _n_challenge(video: str, itag: str) -> str:
    return hashlib.sha256(f"{video}{itag}".encode()).hexdigest()[:16]


def _signature(video: str) -> str:
    return f"SIGNATURE{video}"
