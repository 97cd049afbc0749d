"""googlevideo.com: manifests, segments and files, and their faults."""

import re
from pathlib import Path
from typing import Final

from tests.ytsim.media import RENDITIONS
from tests.ytsim.reply import Reply, file_reply, refusal
from tests.ytsim.site import Request, Site
from tests.ytsim.streaming import unfit

_HLS: Final = "application/vnd.apple.mpegurl"
_VARIANTS: Final = """\
#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=600000,CODECS="avc1.42001E,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=25
https://manifest.googlevideo.com/api/manifest/hls_playlist/itag/93/playlist/index.m3u8
"""
_SEGMENTS: Final = r"https://rr1---sn-sim.googlevideo.com/seg/\g<0>"


def googlevideo(site: Site, request: Request) -> Reply:
    """Answer a request to googlevideo.com. A manifest shows no fault; media does."""
    if request.path.startswith("/api/manifest/hls_variant/"):
        return Reply(_VARIANTS.encode(), _HLS)
    if request.path.startswith("/api/manifest/hls_playlist/"):
        return Reply(re.sub(r"(?m)^[^#\s].*$", _SEGMENTS, site.media.playlist()).encode(), _HLS)
    if site.spend("media_error"):
        return refusal(500, "Internal Server Error")
    if site.spend("media_403"):
        return refusal(403, "Forbidden")
    if site.spend("media_empty"):
        return Reply(type="video/mp4")
    site.sleep(site.knobs.media_latency)
    if request.path.startswith("/seg/"):
        return _segment(site, request)
    return _videoplayback(site, request) if request.path == "/videoplayback" else refusal(404)


def _segment(site: Site, request: Request) -> Reply:
    path = site.media.segment(request.path.removeprefix("/seg/"))
    return _media(site, request, path, "video/mp2t") if path and path.exists() else refusal(404)


def _videoplayback(site: Site, request: Request) -> Reply:
    if wrong := unfit(site, request):
        return refusal(403, wrong)
    offered = site.media.offered(site.catalogue.state(request.query["id"]))
    rendition = RENDITIONS[int(request.query["itag"])]
    path = offered.get(rendition)
    return _media(site, request, path, rendition.mime.partition(";")[0]) if path else refusal(404)


def _media(site: Site, request: Request, path: Path, mime: str) -> Reply:
    wanted = None if site.knobs.ignore_range else request.headers.get("range")
    return file_reply(path, mime, wanted, missing=site.knobs.media_truncate, paced=True)
