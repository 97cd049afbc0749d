"""A video site on loopback for `ytarchive demo`: three short videos, which yt-dlp finds without any network.

`clips` says what is shown and has ffmpeg make it, `pages` describes it the way sites do, `server` serves it.
Nothing here knows what an archive is.
"""

from cli.demo_site.server import SETTINGS, DemoSite

__all__ = ["SETTINGS", "DemoSite"]
