"""``demo``: a complete archive run on this machine alone. Nothing is left behind unless asked for."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.rule import Rule
from rich.text import Text

from cli import archive, auditing, event_log_replay
from cli.again import Wanted
from cli.audit_scope import Asked
from cli.demo_site import SETTINGS, DemoSite
from cli.output import console, show
from cli.watched_work import Shown
from schemas.options import ArchiveOptions

if TYPE_CHECKING:
    from ytarchive.settings import Settings


def demo(settings: "Settings", keep: Path | None, *, as_json: bool) -> int:
    """Archive three videos of a site on loopback, then replay and audit. Gives an exit code.

    Programs get what the three commands have for them, one behind the other.
    """

    def say(line: str) -> None:
        if not as_json:
            show(Rule(line, align="left") if console().is_terminal else Text(f"─── {line}"))

    with _folder(keep) as folder, tempfile.TemporaryDirectory(prefix="ytarchive-site-") as site_folder:
        say("a tiny video site is made on 127.0.0.1")
        with DemoSite.start(Path(site_folder)) as site:
            ours = msgspec.structs.replace(
                settings,
                state_dir=folder / "state",
                library_dir=folder / "library",
                nats_url="",
                nats_credentials=None,
                subtitle_languages="en.*",
                download_workers=2,
                **SETTINGS,
            )
            say("ytarchive run URL URL URL")
            wanted = Wanted(site.urls, (), ArchiveOptions())
            code = archive.run(ours, wanted, Shown(timeout=120, as_json=as_json))
        say("ytarchive replay --check")
        code = event_log_replay.replay(ours, None, at=None, check=True, as_json=as_json) or code
        say("ytarchive audit --deep")
        code = auditing.audit(ours, Asked(deep=True), auditing.How(), as_json=as_json) or code
        left = (
            f"kept in {folder}, but for the site: `repair` can fetch nothing"
            if keep
            else "everything is removed again"
        )
        say(f"that was the whole path; {left}")
    return code


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="ytarchive-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
