"""The commands that need nobody's word for it: catalogue, checksums, bags, and what files alone tell."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.options import Json, settings_of

MaybeFile = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="Where to write; standard output without.", show_default=False),
]
Csv = Annotated[bool, typer.Option("--csv", help="For spreadsheets: a line for each file.")]
Lines = Annotated[bool, typer.Option("--jsonl", help="JSON, a line for each copy of a video; the default.")]

catalogue: Final = typer.Typer(
    help="The catalogue: what is archived, for programs and spreadsheets.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
standards: Final = typer.Typer()


@catalogue.command("export")
def catalogue_export(
    context: typer.Context,
    file: MaybeFile = None,
    csv: Csv = False,
    jsonl: Lines = False,
    as_json: Json = False,
) -> None:
    """Write what is archived, as the log has it: each video with its files and their SHA-256."""
    from cli import holdings

    form = holdings.Form.of(file, csv=csv, jsonl=jsonl, as_json=as_json)
    raise typer.Exit(holdings.export(settings_of(context), form))


@standards.command()
def rebuild(
    context: typer.Context,
    file: MaybeFile = None,
    from_library: Annotated[
        bool, typer.Option("--from-library", help="From the files alone: no log, no server.")
    ] = False,
    from_log: Annotated[bool, typer.Option("--from-log", help="From the event log alone: no files.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="From both, and say where they differ.")] = False,
    csv: Csv = False,
    jsonl: Lines = False,
    as_json: Json = False,
) -> None:
    """Make the catalogue anew, from the library or from the log: each is enough."""
    from cli import holdings
    from ytarchive.errors import UsageError

    if from_library + from_log + compare != 1:
        raise UsageError("rebuild from what?", hint="Say one of --from-library, --from-log, --compare.")
    settings = settings_of(context)
    if compare:
        raise typer.Exit(holdings.compare(settings, as_json=as_json))
    form = holdings.Form.of(file, csv=csv, jsonl=jsonl, as_json=as_json)
    raise typer.Exit(holdings.rebuild(settings, form) if from_library else holdings.export(settings, form))


@standards.command()
def sums(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; compare with the log.")] = False,
    as_json: Json = False,
) -> None:
    """Write SHA256SUMS and CATALOGUE.jsonl of every channel's folder anew, from the log."""
    from cli import holdings

    raise typer.Exit(holdings.sums(settings_of(context), check=check, as_json=as_json))


@standards.command()
def export(
    context: typer.Context,
    bagit: Annotated[
        Path,
        typer.Option("--bagit", metavar="DIR", help="Make a bag there: BagIt, RFC 8493.", show_default=False),
    ],
    channel: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this channel: its name, id or folder.", show_default=False),
    ] = None,
    job: Annotated[
        list[str] | None,
        typer.Option(metavar="JOB", help="Only what this job archived; may be repeated.", show_default=False),
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Hard links to the library's files, not copies: never change them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put archived files into a bag, which any archive can verify and take in."""
    from cli import holdings

    raise typer.Exit(
        holdings.bag(settings_of(context), bagit, channel=channel, jobs=job or [], link=link, as_json=as_json)
    )
