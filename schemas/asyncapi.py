"""The channels of the wire as an AsyncAPI 3 document.

Like `schemas.jsonschema`, which writes it, nothing that runs imports this module.
"""

from typing import Any

from schemas import subjects
from schemas.channels import CHANNELS, PARAMETERS, SIGNALS, Channel


def document(summaries: dict[str, str]) -> dict[str, Any]:
    """Give the document. `summaries` says in one line what each message that has a schema is."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ytarchive",
            "version": subjects.ROOT.rpartition(".")[2],
            "description": "What goes over NATS between the command line and the actors.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(channel) for name, channel in CHANNELS.items()}
        | {
            "answers": {
                "address": None,
                "description": "The inbox of whoever asked.",
                "messages": {
                    name: _reference(name) for channel in CHANNELS.values() for name in channel.answers
                },
            }
        },
        "operations": {
            f"{role}.{action}.{name}": _operation(name, action)
            for name, channel in CHANNELS.items()
            for action, roles in (("send", channel.senders), ("receive", channel.receivers))
            for role in roles
        },
        "components": {
            "messages": {name: _message(name, summary) for name, summary in summaries.items()}
            | {name: {"name": name, "summary": summary} for name, summary in SIGNALS.items()}
        },
    }


def _reference(message: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{message}"}


def _channel(channel: Channel) -> dict[str, Any]:
    names = [token[1:-1] for token in channel.address.split(".") if token.startswith("{")]
    return {
        "address": channel.address,
        "description": channel.about,
        "messages": {name: _reference(name) for name in channel.messages},
    } | ({"parameters": {name: {"description": PARAMETERS[name]} for name in names}} if names else {})


def _operation(channel: str, action: str) -> dict[str, Any]:
    operation: dict[str, Any] = {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}
    if answers := CHANNELS[channel].answers:
        messages = [{"$ref": f"#/channels/answers/messages/{answer}"} for answer in answers]
        operation["reply"] = {"channel": {"$ref": "#/channels/answers"}, "messages": messages}
    return operation


def _message(name: str, summary: str) -> dict[str, Any]:
    return {
        "name": name,
        "summary": summary,
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"schemas/{name}.json"},
        },
    }
