"""What the site serves: for each clip a page, a DASH manifest, its two streams, a picture and subtitles.

The page describes the video in JSON-LD (schema.org's `VideoObject`), where yt-dlp's generic extractor finds
everything but the streams and subtitles; those are in the manifest it points at.
"""

import html
from typing import Final

import msgspec

from cli.demo_site.clips import FRAME_RATE, HEIGHT, SECONDS, WIDTH, Clip, Reel


class Resource(msgspec.Struct, frozen=True):
    """What is at one path."""

    type: str
    body: bytes


_DASH: Final = "application/dash+xml"
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<script type="application/ld+json">{json_ld}</script>
</head>
<body>
<h1>{title}</h1>
<p>{channel}, {day}</p>
<img src="/{name}.jpg" width="640" height="360" alt="">
<pre>{description}</pre>
</body>
</html>
"""
_MANIFEST: Final = f"""\
<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:full:2011" type="static"
     minBufferTime="PT2S" mediaPresentationDuration="PT{SECONDS}S">
<Period>
<AdaptationSet mimeType="video/mp4" width="{WIDTH}" height="{HEIGHT}" frameRate="{FRAME_RATE}">
<Representation id="video" codecs="avc1.42c01f" bandwidth="{{video_rate}}">
<BaseURL>{{name}}.mp4</BaseURL>
</Representation>
</AdaptationSet>
<AdaptationSet mimeType="audio/mp4" lang="en">
<Representation id="audio" codecs="mp4a.40.2" bandwidth="{{audio_rate}}">
<BaseURL>{{name}}.m4a</BaseURL>
</Representation>
</AdaptationSet>
<AdaptationSet mimeType="text/vtt" lang="en">
<Representation id="subtitles" bandwidth="256"><BaseURL>{{name}}.vtt</BaseURL></Representation>
</AdaptationSet>
</Period>
</MPD>
"""


def page_path(clip: Clip) -> str:
    """Give the path of a clip's page."""
    return f"/watch/{clip.name}"


def resources(clip: Clip, reel: Reel, origin: str) -> dict[str, Resource]:
    """Give all there is of a clip, by path. `origin` is the site's, such as ``http://127.0.0.1:8000``."""
    manifest = _MANIFEST.format(name=clip.name, video_rate=_rate(reel.picture), audio_rate=_rate(reel.sound))
    return {
        page_path(clip): Resource("text/html; charset=utf-8", _page(clip, origin).encode()),
        f"/{clip.name}.mpd": Resource(_DASH, manifest.encode()),
        f"/{clip.name}.mp4": Resource("video/mp4", reel.picture),
        f"/{clip.name}.m4a": Resource("audio/mp4", reel.sound),
        f"/{clip.name}.jpg": Resource("image/jpeg", reel.still),
        f"/{clip.name}.vtt": Resource("text/vtt; charset=utf-8", _subtitles(clip).encode()),
    }


def _page(clip: Clip, origin: str) -> str:
    video = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": clip.title,
        "description": clip.description,
        "author": {"@type": "Organization", "name": clip.channel},
        "uploadDate": clip.day,
        "duration": f"PT{SECONDS}S",
        "thumbnailUrl": f"{origin}/{clip.name}.jpg",
        "contentUrl": f"{origin}/{clip.name}.mpd",
        "encodingFormat": _DASH,
    }
    return _PAGE.format(
        name=clip.name,
        title=html.escape(clip.title),
        channel=html.escape(clip.channel),
        day=clip.day,
        description=html.escape(clip.description),
        json_ld=msgspec.json.encode(video).decode().replace("<", r"\u003c"),
    )


def _subtitles(clip: Clip) -> str:
    share = SECONDS / len(clip.captions)
    cues = (
        f"00:{share * at:06.3f} --> 00:{share * (at + 1):06.3f}\n{caption}\n"
        for at, caption in enumerate(clip.captions)
    )
    return "\n".join(["WEBVTT\n", *cues])


def _rate(stream: bytes) -> int:
    """Give bits a second."""
    return len(stream) * 8 // SECONDS
