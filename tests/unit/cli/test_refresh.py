from pathlib import Path

import msgspec
import pytest

from cli.refresh import _is_of, _named, refresh
from cli.watched_work import Shown
from schemas.commands import JobCommand
from schemas.results import Result
from tests.jobs import JOB, OTHER, URL, VIDEO, Desk, downloaded, fetched, stored, submit
from ytarchive.errors import UsageError
from ytarchive.settings import Settings

JAWED = msgspec.structs.replace(VIDEO, channel="Jawed", channel_id="UC4QobU6STFB0P71PMvOGN5A")
ARCHIVED: tuple[JobCommand | Result, ...] = (submit(), fetched(), downloaded(), stored())


@pytest.mark.parametrize(
    ("names", "channel", "everything"),
    [([], None, False), ([URL], "jawed", False), ([URL], None, True), ([], "jawed", True)],
)
def test_either_videos_are_named_or_a_channel_or_everything_is_meant(
    names: list[str], channel: str | None, everything: bool
) -> None:
    with pytest.raises(UsageError, match="name videos, or a --channel, or --all"):
        refresh(Settings(), names, channel, Shown(), everything=everything, thumbnail=True)


@pytest.mark.parametrize(
    ("name", "is_of"),
    [
        ("jawed", True),
        ("UC4QobU6STFB0P71PMvOGN5A", True),
        ("https://www.youtube.com/channel/UC4QobU6STFB0P71PMvOGN5A/", True),
        ("jawe", False),
        ("uc4qobu6stfb0p71pmvogn5a", False),
        ("", False),
    ],
)
def test_a_channel_is_named_by_its_name_its_id_or_its_address(name: str, is_of: bool) -> None:
    assert _is_of(JAWED, name) is is_of
    assert not _is_of(VIDEO, name)


def test_only_what_is_archived_can_be_looked_at_again() -> None:
    desk = Desk(*ARCHIVED)
    assert list(_named(desk.catalogue, [URL, JOB[:8]], Path("/library"))) == [VIDEO, VIDEO]
    waiting = Desk(submit(OTHER)).catalogue
    with pytest.raises(UsageError, match="is not archived") as refused:
        list(_named(waiting, [OTHER], Path("/library")))
    assert refused.value.hint == f"`ytarchive run {URL}` archives it."
