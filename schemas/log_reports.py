"""What programs read under ``--json`` from the commands about the log as a file, and about backups."""

from typing import Annotated

from msgspec import Meta

from schemas.envelope import ByteCount, Moment, PublicKey, Sha256, Text, Wire
from schemas.log_file import Sequence

Count = Annotated[int, Meta(ge=0)]


class Coverage(Wire, frozen=True, kw_only=True):
    """Signed checkpoints, made from `since` to `until`, cover the log up to the message `sequence`.

    `keys` are the public keys they were signed with; `unknown` those of others, which nobody named, and which
    cover nothing. `checked` tells whether the signatures could be, as that takes a library: else there are so
    many `unchecked` ones. `known` tells whether any keys were: else whoever wrote the log may have signed it.
    """

    sequence: Sequence
    checkpoints: Count
    since: Moment | None
    until: Moment | None
    keys: tuple[PublicKey, ...]
    unknown: tuple[PublicKey, ...] = ()
    checked: bool
    unchecked: Count = 0
    known: bool = False


class LogProblem(Wire, frozen=True, kw_only=True):
    """Something wrong: in a `file`, at a `line` (0: in the log itself), about a message (0: not known).

    Or a `document` that the log refers to is not there.
    """

    file: Text = ""
    line: Count = 0
    sequence: Sequence = 0
    job_id: Text | None = None
    detail: Text
    document: Text = ""


class LogReport(Wire, frozen=True, kw_only=True):
    """The answer of ``events verify``, of files or of the live log: `ok` means no `problems`.

    It is `whole` where all is as it was written: what problems there are say that no key that was named has
    signed all of it.

    What was read goes on behind the message `after`, up to `last`: so many `messages` about so many
    `aggregates`, such as jobs and batches. Where `after` is not 0, `unproven` chains go on from before.
    """

    ok: bool
    whole: bool = True
    files: tuple[Text, ...]
    messages: Count
    events: Count
    aggregates: Count
    after: Sequence
    last: Sequence
    root: Sha256
    unproven: Count
    covered: Coverage
    problems: tuple[LogProblem, ...]


class ExportReport(Wire, frozen=True, kw_only=True):
    """The answer of ``events export``: what the file has. `problems` are those of the log."""

    file: Text
    bytes: ByteCount
    messages: Count
    after: Sequence
    last: Sequence
    root: Sha256
    covered: Sequence
    problems: tuple[LogProblem, ...]


class ImportReport(Wire, frozen=True, kw_only=True):
    """The answer of ``events import``: the log there is now. `problems` are those it had already.

    It may refer to metadata documents, which an export does not have: then it is `without_documents`.
    """

    messages: Count
    events: Count
    aggregates: Count
    last: Sequence
    root: Sha256
    without_documents: bool = False
    problems: tuple[LogProblem, ...]


class KeyReport(Wire, frozen=True, kw_only=True):
    """The answer of ``events key``: where the private key is, and the public one."""

    file: Text
    key: PublicKey


class SignReport(Wire, frozen=True, kw_only=True):
    """The answer of ``events sign``: the log up to the message `sequence` is signed with a key."""

    sequence: Sequence
    key: PublicKey


class BackupReport(Wire, frozen=True, kw_only=True):
    """The answer of ``backup`` and of ``restore``: what the file has. `logs` counts files of log lines.

    `configuration` is the file it came from, or went to; empty for none. `problems` are those of the log, and
    documents that are not there.
    """

    file: Text
    bytes: ByteCount
    messages: Count
    last: Sequence
    root: Sha256
    documents: Count
    logs: Count
    configuration: Text
    secrets: bool
    problems: tuple[LogProblem, ...]
