"""The commands that need nobody's word for it: catalogue, checksums, bags, and what files alone tell."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli import completing
from cli.commands import Commands
from cli.options import Json, settings_of

MaybeFile = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="Where to write; standard output without.", show_default=False),
]
Csv = Annotated[bool, typer.Option("--csv", help="For spreadsheets: a line for each file.")]
Lines = Annotated[bool, typer.Option("--jsonl", help="JSON, a line for each copy of a video; the default.")]

catalogue: Final = Commands(
    "The catalogue: what is archived, for programs and spreadsheets.", name="catalogue"
)
standards: Final = Commands()


@catalogue.command("export", examples=("catalogue export", "catalogue export archive.csv --csv"))
def catalogue_export(
    context: typer.Context,
    file: MaybeFile = None,
    csv: Csv = False,
    jsonl: Lines = False,
    as_json: Json = False,
) -> None:
    """Write what is archived, as the log has it.

    Each video with its files and their SHA-256.
    """
    from cli import catalogue as catalogues

    form = catalogues.Form.of(file, csv=csv, jsonl=jsonl, as_json=as_json)
    raise typer.Exit(catalogues.export(settings_of(context), form))


@standards.command(
    examples=("rebuild --from-library", "rebuild --compare --json", "rebuild --from-log archive.jsonl")
)
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
    """Make the catalogue anew, from the library or the log.

    Each of them is enough.
    """
    from cli import catalogue as catalogues
    from ytarchive.errors import UsageError

    if from_library + from_log + compare != 1:
        raise UsageError("rebuild from what?", hint="Say one of --from-library, --from-log, --compare.")
    settings = settings_of(context)
    if compare:
        raise typer.Exit(catalogues.compare(settings, as_json=as_json))
    form = catalogues.Form.of(file, csv=csv, jsonl=jsonl, as_json=as_json)
    write = catalogues.rebuild if from_library else catalogues.export
    raise typer.Exit(write(settings, form))


@standards.command(examples=("sums", "sums --check"))
def sums(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; compare with the log.")] = False,
    as_json: Json = False,
) -> None:
    """Write SHA256SUMS and CATALOGUE.jsonl anew.

    Of every channel's folder, from the log.
    """
    from cli import standards as documents

    raise typer.Exit(documents.sums(settings_of(context), check=check, as_json=as_json))


@standards.command(examples=("export --bagit bag", 'export --bagit bag --channel "A channel" --link'))
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
        typer.Option(
            metavar="JOB",
            help="Only what this job archived; may be repeated.",
            show_default=False,
            autocompletion=completing.jobs,
        ),
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Hard links to the library's files, not copies: never change them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put archived files into a bag.

    Any archive can verify it and take it in: BagIt, RFC 8493.
    """
    from cli import standards as documents

    settings = settings_of(context)
    raise typer.Exit(
        documents.bag(settings, bagit, channel=channel, jobs=job or [], link=link, as_json=as_json)
    )
