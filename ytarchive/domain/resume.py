"""Where a job goes on after it has rested."""

from datetime import timedelta
from typing import Final

from schemas.common import Category, Stage

_ADDRESSES_LAST: Final = timedelta(hours=1)
"""Media addresses are good for some hours; after a longer wait they are asked for anew."""


def resume_at(stage: Stage, category: Category, wait: timedelta) -> Stage:
    """Where to go on: expired addresses are fetched again, media that proved bad is downloaded again."""
    if stage is Stage.STORAGE:
        return Stage.DOWNLOAD if category is Category.MEDIA else stage
    if stage is Stage.LISTING:
        return stage
    return Stage.METADATA if category is Category.URL_EXPIRED or wait >= _ADDRESSES_LAST else stage
