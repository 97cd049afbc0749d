"""The AsyncAPI document agrees with itself, with the subjects, and with what the server lets each role do."""

import re
from typing import Any

import pytest

from schemas import documents, jsonschema, subjects
from schemas.channels import CHANNELS, PARAMETERS
from schemas.common import Stage
from tests.unit.schemas.matching import matches
from ytarchive.runtime.credentials import ROLES
from ytarchive.runtime.permissions import permissions

DOCUMENT: dict[str, Any] = jsonschema.documents()["asyncapi.json"]
EXAMPLES = {
    "aggregate": "batch",
    "aggregate_id": "0123456789abcdef",
    "egress": "here",
    "job_id": "0123456789abcdef",
    "audit_id": "0123456789abcdef",
    "part": "1",
    "version": "7",
    "node": "here",
    "stream": "all",
    "actor": "{role}",
    "instance": "0123456789abcdef",
    "level": "info",
    "stage": "{role}",
}
SIGNALS = {"cancel", "news"}
"""Messages without a body, which therefore have no schema."""
EVERY = pytest.mark.parametrize("name", CHANNELS)


def address(name: str, role: str) -> str:
    """Give a subject of the channel, as that role would use it."""
    return CHANNELS[name].address.format(**EXAMPLES).format(role=role)


def references(node: Any) -> list[str]:
    match node:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [found for value in node.values() for found in references(value)]
        case _:
            return []


def test_every_reference_leads_somewhere() -> None:
    found, known = references(DOCUMENT), jsonschema.documents()
    assert found
    for reference in found:
        if reference.startswith("#/"):
            node = DOCUMENT
            for key in reference.removeprefix("#/").split("/"):
                node = node[key]
        else:
            assert reference in known


def test_every_message_goes_over_a_channel() -> None:
    carried = {message for channel in DOCUMENT["channels"].values() for message in channel["messages"]}
    assert carried == documents.MESSAGES.keys() | SIGNALS == DOCUMENT["components"]["messages"].keys()


def test_every_message_is_said_to_be_something() -> None:
    for name, message in DOCUMENT["components"]["messages"].items():
        assert message["summary"].strip(), name


@EVERY
def test_every_address_is_a_subject(name: str) -> None:
    no_ids = ("queries", "leave", "checkpoint", "log_queries", "dead_letters", "limits")
    assert subjects.parse(address(name, "jobs")).ids or name in no_ids


@EVERY
def test_every_parameter_of_an_address_is_explained(name: str) -> None:
    named = re.findall(r"{(\w+)}", CHANNELS[name].address)
    assert list(DOCUMENT["channels"][name].get("parameters", {})) == named
    assert set(named) <= PARAMETERS.keys()


@EVERY
def test_exactly_the_senders_are_allowed_to_publish(name: str) -> None:
    allowed = set()
    for role in set(ROLES) - {"admin"}:
        found = permissions(role, "here")
        assert found is not None
        if any(matches(pattern, address(name, role)) for pattern in found["publish"]["allow"]):
            allowed.add(role)
    assert allowed == set(CHANNELS[name].senders)


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("listing_tasks", Stage.LISTING),
        ("metadata_tasks", Stage.METADATA),
        ("download_tasks", Stage.DOWNLOAD),
        ("storage_tasks", Stage.STORAGE),
    ],
)
def test_a_worker_finds_its_tasks_and_no_others(name: str, stage: Stage) -> None:
    wanted = subjects.tasks(stage, node="here" if stage is Stage.STORAGE else None)
    assert [other for other in CHANNELS if matches(wanted, address(other, "jobs"))] == [name]
