"""What was known of a video at which time: each look that found something else is a new version."""

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from schemas.common import Failure, MetadataRef, Role, Stage, Video
from schemas.envelope import Commit
from schemas.events import AttemptFailed, Event, JobFailed, MetadataRecorded, VideoArchived
from schemas.past import Change, Picture
from ytarchive.domain.past import Place

_COPIES = ("fulltitle", "duration_string")
"""What yt-dlp says once more in other fields."""
_FIRST = ("title", "description", "thumbnail", "duration", "tags", "categories", "chapters", "channel")
"""The fields that people ask about, before all others."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What so many `looks` found alike, from the `first` to the `last`. `sequence` is that of the first."""

    number: int
    sequence: int
    job_id: str
    first: datetime
    last: datetime
    looks: int
    video: Video
    metadata: MetadataRef
    picture: Picture | None


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """A look that found nothing, and was given up."""

    sequence: int
    job_id: str
    at: datetime
    failure: Failure


class Looks:
    """All looks at one video, heard in the order of the log."""

    def __init__(self) -> None:
        self.versions: list[Version] = []
        self.missed: list[Missed] = []

    def hear(self, sequence: int, commit: Commit[Event]) -> None:
        """Take a message about a job that is about the video."""
        job_id, at = commit.aggregate_id, commit.at
        looked = any(isinstance(one, AttemptFailed) and one.stage is Stage.METADATA for one in commit.events)
        for event in commit.events:
            match event:
                case MetadataRecorded(video=video, metadata=metadata, thumbnail=thumbnail):
                    picture = (
                        Picture(sha256=thumbnail.fingerprint, name=thumbnail.name) if thumbnail else None
                    )
                    seen = Version(
                        number=len(self.versions) + 1,
                        sequence=sequence,
                        job_id=job_id,
                        first=at,
                        last=at,
                        looks=1,
                        video=video,
                        metadata=metadata,
                        picture=picture,
                    )
                    self._see(seen)
                case VideoArchived(files=files) if self.versions:
                    for file in files:
                        if file.role is Role.THUMBNAIL:
                            picture = Picture(sha256=file.sha256, path=file.path, bytes=file.bytes)
                            self._see(
                                msgspec.structs.replace(
                                    self.versions[-1],
                                    number=len(self.versions) + 1,
                                    sequence=sequence,
                                    job_id=job_id,
                                    first=at,
                                    last=at,
                                    looks=0,
                                    picture=picture,
                                )
                            )
                case JobFailed(failure=failure) if looked:
                    self.missed.append(Missed(sequence=sequence, job_id=job_id, at=at, failure=failure))
                case _:
                    pass

    def until(self, place: Place) -> list[Version]:
        """Give the versions there were at a place in the log; the last of them was the one that held."""
        return [one for one in self.versions if place.covers(one.sequence, one.first)]

    def _see(self, seen: Version) -> None:
        last = self.versions[-1] if self.versions else None
        picture = seen.picture or (last and last.picture)
        if last and _same(last, seen):
            self.versions[-1] = msgspec.structs.replace(
                last, last=seen.last, looks=last.looks + seen.looks, picture=last.picture or picture
            )
        else:
            self.versions.append(msgspec.structs.replace(seen, picture=picture))


def _same(before: Version, now: Version) -> bool:
    if before.metadata.fingerprint != now.metadata.fingerprint:
        return False
    return not (before.picture and now.picture) or before.picture.sha256 == now.picture.sha256


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    """Give the fields that differ between two documents, those that people ask about first."""
    rank = {field: place for place, field in enumerate(_FIRST)}
    for field in sorted(before.keys() | now.keys(), key=lambda field: (rank.get(field, len(rank)), field)):
        if before.get(field) != now.get(field) and field not in _COPIES:
            yield Change(field=field, before=before.get(field), now=now.get(field))


def unified(change: Change, before: int, now: int) -> list[str]:
    """Give a change between two versions as a unified diff: of text by lines, of anything else as JSON."""
    names = [f"{change.field} (version {number})" for number in (before, now)]
    sides = _lines(change.before), _lines(change.now)
    return list(difflib.unified_diff(sides[0], sides[1], names[0], names[1], lineterm=""))


def _lines(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return value.splitlines()
    return msgspec.json.format(msgspec.json.encode(value)).decode().splitlines()
