"""`docs/asyncapi.yaml` (AsyncAPI 3.0.0), made from the event classes and from what the platform consumes."""

from collections.abc import Sequence
from typing import Any

import yaml

from apps.core.events import DomainEvent
from apps.core.events.document import described, list_events

from .asyncapi_schemas import KEY, Schema, envelope, headers, reference, structs
from .consume.consumed import Consumed, dead_letter_topic

PREFIX = "parking"  # KAFKA_TOPIC_PREFIX's default: the document is about an installation that leaves it

_MADE_BY = "# Made by `manage.py document_asyncapi` from the classes: do not edit.\n"
_BINDING_VERSION = "0.5.0"
_EVENT_HEADERS, _COMMAND_HEADERS, _DEAD_HEADERS = "EventHeaders", "MessageHeaders", "DeadLetterHeaders"
_DEAD: dict[str, Schema] = {
    "dlq_error": {"type": "string", "description": "A stable code, e.g. `already_parked` or `unknown_tenant`."},
    "dlq_detail": {"type": "string"},
    "dlq_attempts": {"type": "string", "pattern": "^[0-9]+$"},
    "dlq_topic": {"type": "string"},
    "dlq_partition": {"type": "string", "pattern": "^[0-9]+$"},
    "dlq_offset": {"type": "string", "pattern": "^[0-9]+$"},
    "dlq_at": {"type": "string", "format": "date-time"},
    "dlq_omitted": {"const": "value", "description": "The value was too large to be repeated; its place is named."},
}
_INFO = {
    "title": "Parking platform",
    "version": "1.0.0",
    "description": "What the platform tells over Kafka, and what it takes from there. Keys, headers and promises: "
    "docs/kafka.md.",
}
_SERVERS = {
    "kafka": {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "variables": {"bootstrap": {"default": "127.0.0.1:9092", "description": "KAFKA_BOOTSTRAP_SERVERS"}},
    }
}


def as_yaml(consumed: Sequence[Consumed]) -> str:
    """The document's text."""
    text: str = yaml.safe_dump(document(consumed), sort_keys=False, allow_unicode=True, width=120)
    return _MADE_BY + text


def document(consumed: Sequence[Consumed]) -> dict[str, Any]:
    """The document as plain data."""
    events = list_events()
    told, taken, dead = _event_channels(events), _taken_channels(consumed), _dead_letter_channels(consumed)
    return {
        "asyncapi": "3.0.0",
        "info": _INFO,
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": told | taken | dead,
        "operations": _operations("send", told) | _operations("receive", taken) | _operations("send", dead),
        "components": {
            "messages": _messages(events, consumed),
            "schemas": {
                _EVENT_HEADERS: headers(of_events=True),
                _COMMAND_HEADERS: headers(of_events=False),
                _DEAD_HEADERS: {"type": "object", "properties": _DEAD, "required": list(_DEAD)[:-1]},
                **structs([*events, *(each.body for each in consumed)]),
            },
        },
    }


def _event_channels(events: Sequence[type[DomainEvent]]) -> dict[str, Any]:
    contexts: dict[str, list[str]] = {}
    for event in events:
        contexts.setdefault(event.__module__.split(".")[1], []).append(event.__name__)
    return {
        name: _channel(f"{PREFIX}.{name}.v1", f"What {name} tells; each aggregate's events in their order.", messages)
        for name, messages in contexts.items()
    }


def _taken_channels(consumed: Sequence[Consumed]) -> dict[str, Any]:
    what = "What the platform takes; each key in its order, each message once."
    return {_name(topic): _channel(topic, what, types) for topic, types in _by_topic(consumed).items()}


def _dead_letter_channels(consumed: Sequence[Consumed]) -> dict[str, Any]:
    return {
        f"{_name(topic)}DeadLetters": _channel(
            dead_letter_topic(topic), f"Messages of {topic} that nothing could be done with.", ["DeadLetter"]
        )
        for topic in _by_topic(consumed)
    }


def _by_topic(consumed: Sequence[Consumed]) -> dict[str, list[str]]:
    topics: dict[str, list[str]] = {}
    for each in consumed:
        topics.setdefault(each.address(prefix=PREFIX), []).append(each.type)
    return topics


def _name(topic: str) -> str:
    return topic.removeprefix(f"{PREFIX}.").partition(".v")[0]


def _channel(address: str, description: str, messages: Sequence[str]) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"topic": address, "bindingVersion": _BINDING_VERSION}},
    }


def _operations(action: str, channels: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{action}{name[0].upper()}{name[1:]}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [{"$ref": f"#/channels/{name}/messages/{message}"} for message in channel["messages"]],
        }
        for name, channel in channels.items()
    }


def _messages(events: Sequence[type[DomainEvent]], consumed: Sequence[Consumed]) -> dict[str, Any]:
    told = {
        event.__name__: _message(event.__name__, described(event), _EVENT_HEADERS, envelope(event)) for event in events
    }
    taken = {
        each.type: _message(
            each.type, (each.body.__doc__ or "").strip(), _COMMAND_HEADERS, reference(each.body.__name__)
        )
        for each in consumed
    }
    dead = _message("DeadLetter", "The message as it came, with why it could not be taken.", _DEAD_HEADERS, {})
    return told | taken | {"DeadLetter": dead}


def _message(name: str, description: str, header_schema: str, payload: Schema) -> dict[str, Any]:
    known_type: list[Schema] = [] if name == "DeadLetter" else [{"properties": {"ce_type": {"const": name}}}]
    return {
        "name": name,
        "description": description,
        "contentType": "application/json",
        "headers": {"type": "object", "allOf": [reference(header_schema), *known_type]},
        "payload": payload,
        "bindings": {"kafka": {"key": KEY, "bindingVersion": _BINDING_VERSION}},
    }
