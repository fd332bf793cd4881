"""JSON schemas of what travels over Kafka: headers, keys, envelopes, and the structs inside them."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

from apps.core.api.events import EventAnswer
from apps.core.api.openapi import structs_within
from apps.core.events import DomainEvent

Schema = dict[str, Any]

_REF = "#/components/schemas/{name}"
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

KEY: Schema = {
    "type": "string",
    "pattern": f"^{_UUID}:.+$",
    "description": "`ce_tenantid`, a colon, `ce_subject`. What has the same key stays in order.",
}
_HEADERS: dict[str, Schema] = {
    "content-type": {"const": "application/json"},
    "ce_specversion": {"const": "1.0"},
    "ce_id": {"type": "string", "minLength": 1, "description": "With `ce_source` names the message: take it once."},
    "ce_type": {"type": "string", "minLength": 1},
    "ce_source": {"type": "string", "minLength": 1, "description": "Who sent it."},
    "ce_time": {"type": "string", "format": "date-time", "description": "When it happened."},
    "ce_subject": {"type": "string", "minLength": 1, "description": "What it is about: an event's aggregate."},
    "ce_tenantid": {"type": "string", "format": "uuid"},
    "ce_correlationid": {"type": "string"},
    "ce_causationid": {"type": "string"},
}
_OF_EVENTS: dict[str, Schema] = {
    "ce_sequence": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "Counts the aggregate's events."},
    "ce_dataversion": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "The schema version of `data`."},
}
_OPTIONAL = {"ce_correlationid", "ce_causationid"}


def headers(*, of_events: bool) -> Schema:
    """CloudEvents 1.0 in Kafka's binary mode (Kafka protocol binding, section 3.2), with our extensions."""
    properties = _HEADERS | (_OF_EVENTS if of_events else {})
    required = [name for name in properties if name not in _OPTIONAL]
    return {"type": "object", "properties": properties, "required": required}


def envelope(event: type[DomainEvent]) -> Schema:
    """What is told of an event, with this class's data in it."""
    (schema,) = structs([EventAnswer]).values()
    properties = schema["properties"] | {
        "type": {"const": event.__name__},
        "version": {"type": "integer", "minimum": 1, "description": "Counts the aggregate's events."},
        "aggregateType": {"const": event.aggregate_type},
        "data": reference(event.__name__),
    }
    return {"type": "object", "properties": properties, "required": schema["required"]}


def structs(kinds: Iterable[type[msgspec.Struct]]) -> dict[str, Schema]:
    """The schemas of structs and of those inside them, by name: decimals are numbers, as they are written."""
    kinds = list(kinds)
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    found = {name: _on_the_wire(schema) for name, schema in sorted(components.items())}
    for struct in {within for kind in kinds for within in structs_within(kind)}:
        _mark_instants(found[struct.__name__], struct)
    return found


def reference(name: str) -> Schema:
    """To a schema of the document."""
    return {"$ref": _REF.format(name=name)}


def _on_the_wire(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_on_the_wire(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"} | {key: part for key, part in schema.items() if key not in ("type", "format")}
    return {key: _on_the_wire(part) for key, part in schema.items() if key != "default"}


def _mark_instants(schema: Schema, struct: type[msgspec.Struct]) -> None:
    """Say of instants that they are; msgspec does so only of those that it holds against their offset."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        parts = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        if any(isinstance(part, inspect.DateTimeType) for part in parts):
            shape = schema["properties"][field.encode_name]
            for choice in shape.get("anyOf", [shape]):
                if choice.get("type") == "string":
                    choice["format"] = "date-time"
