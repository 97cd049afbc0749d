"""What is archived, as documents that outlive us tell it: a line of ``catalogue export`` and of ``rebuild``.

The same lines lie in the library, in ``CATALOGUE.jsonl`` of each channel's folder.
"""

from typing import Annotated

from msgspec import Meta

from schemas.common import ArchivedFile, Video
from schemas.envelope import JobId, Moment


class CatalogueRow(Video, frozen=True, kw_only=True):
    """One archived copy of a video: what it is, since when it is in the library, and its files, media first.

    A video that was archived again, by force, has a row for each time. `job_id` is None where nothing but the
    files told of it, and `archived_at` then the time of the newest of them.
    """

    archived_at: Moment
    job_id: JobId | None
    files: Annotated[tuple[ArchivedFile, ...], Meta(min_length=1)]

    @property
    def folder(self) -> str:
        """The name of the channel's folder in the library, which all the files are in."""
        return self.files[0].path.partition("/")[0]
