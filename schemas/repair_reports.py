"""What programs read of repairs and of the quarantine under ``--json``."""

from typing import Annotated

from msgspec import Meta

from schemas.envelope import JobId, Text, Wire
from schemas.fixity import Finding, Trouble

Count = Annotated[int, Meta(ge=0)]


class RepairLine(Wire, frozen=True, kw_only=True):
    """One file that was damaged. `path` is where the log had it, relative to the library.

    `how`: "returned" or "copied" from `at`, "downloaded" again by job `of`, "replaced" by somebody before we
    came. `now` is the path of what there is instead. Empty for one that is damaged still; then `detail` tells
    why. In a dry run `how` is what would be done.
    """

    path: Text
    job_id: JobId
    kind: Trouble
    how: Text = ""
    at: Text = ""
    of: JobId | None = None
    now: Text = ""
    detail: Text = ""


class RepairReport(Wire, frozen=True, kw_only=True):
    """The answer of ``repair``: `ok` means that nothing that was looked at is damaged any more.

    So many `files` of so many `jobs` were looked at. `renewed` are the folders whose SHA256SUMS or
    CATALOGUE.jsonl was written anew. `failed` tells of those that could not be read or written, and of files
    that somebody is writing just now.
    """

    ok: bool
    dry_run: bool
    jobs: Count
    files: Count
    repaired: tuple[RepairLine, ...]
    left: tuple[RepairLine, ...]
    renewed: tuple[Text, ...] = ()
    failed: tuple[Finding, ...] = ()


class MovedFile(Wire, frozen=True, kw_only=True):
    """A stray: where it was or belongs, and where it lies now; relative to the library. Or why it stayed."""

    path: Text
    at: Text = ""
    detail: Text = ""


class QuarantineReport(Wire, frozen=True, kw_only=True):
    """The answer of ``quarantine``: what was moved, what not, or, with ``--list``, what is kept there.

    It is `ok` though files were `left` that were archived, and lie there under another name: `repair` is for
    those. In a dry run nothing was moved, and `moved` is what would be. Of what was `left`, SHA256SUMS lists
    so many files: the log is older than the library.
    """

    ok: bool
    dry_run: bool = False
    moved: tuple[MovedFile, ...] = ()
    left: tuple[MovedFile, ...] = ()
    kept: tuple[MovedFile, ...] = ()
    listed: Count = 0
