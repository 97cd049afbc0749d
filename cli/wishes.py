"""The options that say how a video is kept: said once, and had by every command that asks for videos."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cli import completing
from cli.options import in_place_of

Wishes = Mapping[str, Any]
"""The options that were given: ``profile``, and fields of `schemas.options.Profile` in a person's words."""


def _option(
    help_: str, *names: str, metavar: str | None = None, offers: completing.Offers | None = None
) -> Any:
    return typer.Option(
        *names,
        help=help_,
        metavar=metavar,
        show_default=False,
        rich_help_panel="What is kept",
        autocompletion=offers,
    )


def given(  # noqa: PLR0917 - Typer gives them by name
    profile: Annotated[
        str | None,
        _option(
            "Begin with this profile (`ytarchive config profiles`).",
            metavar="NAME",
            offers=completing.profiles,
        ),
    ] = None,
    quality: Annotated[
        str | None,
        _option(
            "best, 2160, 1440, 1080, 720, 480 or audio.",
            "--quality",
            "-q",
            metavar="Q",
            offers=completing.words("best", "2160", "1440", "1080", "720", "480", "audio"),
        ),
    ] = None,
    container: Annotated[
        str | None,
        _option(
            "Preferred: mkv, mp4, webm, any.",
            metavar="NAME",
            offers=completing.words("mkv", "mp4", "webm", "any"),
        ),
    ] = None,
    video_codec: Annotated[
        str | None,
        _option(
            "Preferred: av1, vp9, h265, h264, any.",
            metavar="NAME",
            offers=completing.words("av1", "vp9", "h265", "h264", "any"),
        ),
    ] = None,
    audio_codec: Annotated[
        str | None,
        _option("Preferred: opus, aac, any.", metavar="NAME", offers=completing.words("opus", "aac", "any")),
    ] = None,
    subtitles: Annotated[
        str | None, _option("Languages, such as en.*,de; none for none.", metavar="LANGS")
    ] = None,
    automatic_subtitles: Annotated[
        bool | None, _option("Subtitles by machines, where no others are.")
    ] = None,
    thumbnail: Annotated[bool | None, _option("Keep the thumbnail.")] = None,
    description: Annotated[bool | None, _option("Keep the description.")] = None,
    comments: Annotated[bool | None, _option("Keep the comments, in the info document.")] = None,
    live_chat: Annotated[bool | None, _option("Keep the chat of a stream.")] = None,
    chapters: Annotated[bool | None, _option("Write the chapters into the file.")] = None,
    sponsorblock_mark: Annotated[
        str | None,
        _option(
            "Parts to mark as chapters: sponsor,intro,...; all; none.",
            metavar="PARTS",
            offers=completing.parts,
        ),
    ] = None,
    sponsorblock_cut: Annotated[
        str | None, _option("Parts to cut out, likewise.", metavar="PARTS", offers=completing.parts)
    ] = None,
) -> Wishes:
    """Give those that were given."""
    return {name: value for name, value in locals().items() if value is not None}


wishing: Final = in_place_of("wishes", given)
"""Gives a command all these options, in the place of its parameter `wishes`."""
