"""The lists as data; that the server obeys them is shown in ``tests/integration/test_permissions.py``."""

import pytest

from schemas import subjects
from ytarchive.runtime.credentials import ROLES
from ytarchive.runtime.permissions import permissions
from ytarchive.runtime.topology import EVENTS

ORDINARY = [role for role in ROLES if role != "admin"]


def published(role: str) -> list[str]:
    found = permissions(role, "here")
    assert found is not None
    return found["publish"]["allow"]


def test_only_the_administrator_is_unrestricted() -> None:
    assert [role for role in ROLES if permissions(role, "here") is None] == ["admin"]


def test_a_role_there_is_not_has_no_permissions() -> None:
    with pytest.raises(KeyError):
        permissions("guest", "here")


@pytest.mark.parametrize("role", ORDINARY)
def test_nothing_is_allowed_by_a_wildcard_in_front(role: str) -> None:
    found = permissions(role, "here")
    assert found is not None
    for subject in (*found["publish"]["allow"], *found["subscribe"]["allow"]):
        assert not {">", "*"} & set(subject.split(".")[:1]), subject
        assert not subject.startswith(("$JS.API.>", "$JS.API.STREAM.>", "$JS.>", "_INBOX.>", "$SYS")), subject


def test_the_event_log_is_written_by_jobs_alone() -> None:
    assert [role for role in ORDINARY if subjects.EVENTS in published(role)] == ["jobs"]


@pytest.mark.parametrize("role", ["metadata", "download", "storage", "cli"])
def test_no_role_that_handles_foreign_data_reads_back_raw_what_it_wrote(role: str) -> None:
    """Else it could have its own bytes delivered to a subject of the event log."""
    allowed = published(role)
    written = {subject.split(".")[2] for subject in allowed if subject.startswith(f"{subjects.ROOT}.")} | {
        subject.split(".")[1] for subject in allowed if subject.startswith("$O.")
    }
    streams = {
        "event": EVENTS,
        "result": "YTARCHIVE_RESULTS",
        "progress": "YTARCHIVE_PROGRESS",
        "log": "YTARCHIVE_LOGS",
        "dead": "YTARCHIVE_DEAD",
        "ytarchive-metadata": "OBJ_ytarchive-metadata",
        "ytarchive-extractions": "OBJ_ytarchive-extractions",
    }
    read = {
        subject.split(".")[4]
        for subject in allowed
        if subject.startswith(("$JS.API.DIRECT.GET.", "$JS.API.CONSUMER.CREATE."))
    }
    assert not {streams[kind] for kind in written if kind in streams} & read


def test_a_storage_actor_is_given_the_consumers_of_its_own_node_only() -> None:
    there = permissions("storage", "there")
    assert there is not None
    consumers = [subject for subject in there["publish"]["allow"] if ".CONSUMER." in subject]
    assert consumers
    own = (".storage-there", ".check-there", ".discard-there")
    assert all(any(name in subject for name in own) for subject in consumers)
