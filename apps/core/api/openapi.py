"""The served OpenAPI document, made from the structs that the code reads and writes."""

from collections.abc import Iterator
from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from msgspec import inspect

_REF = "#/components/schemas/{name}"


class CallSchema(AutoSchema):
    """Names an operation for its method and view: `getEntries`, `postExits`."""

    def get_operation_id(self) -> str:
        return f"{self.method.lower()}{type(self.view).__name__.removesuffix('View')}"

    def _get_parameters(self) -> list[dict[str, Any]]:
        headers = []
        if self.method == "POST" and getattr(self.view, "keeps_answers", False):
            headers.append(_header("Idempotency-Key", "the same key and body again gives the first answer again"))
        if self.method == "PATCH":
            headers.append(_header("If-Match", "the ETag that the change is based on; another one is refused by 412"))
        return [*super()._get_parameters(), *headers]


class StructExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Tells drf-spectacular how a msgspec struct looks on the wire."""

    target_class = "msgspec.Struct"
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Any) -> str | None:
        return wire_name(self.target)

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        _, components = msgspec.json.schema_components([self.target], ref_template=_REF)
        for struct in structs_within(self.target):
            if struct is not self.target:
                component = ResolvedComponent(  # type: ignore[no-untyped-call]
                    name=wire_name(struct), type=ResolvedComponent.SCHEMA, object=struct,
                    schema=_renamed(components[struct.__name__]),
                )  # fmt: skip
                auto_schema.registry.register_on_missing(component)
        return dict(_renamed(components[self.target.__name__]))


def _header(name: str, description: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "description": description, "schema": {"type": "string"}}


def wire_name(struct: type[msgspec.Struct]) -> str:
    """API.md's name of a struct: an answer that a model's name forces to be called `…Answer` here is not so there."""
    return struct.__name__.removesuffix("Answer")


def _renamed(schema: Any) -> Any:
    if isinstance(schema, dict):
        if schema.get("format") == "decimal":
            return {"type": "number"} | {key: value for key, value in schema.items() if key not in ("type", "format")}
        return {
            key: value.removesuffix("Answer")
            if key in ("$ref", "title") and isinstance(value, str)
            else _renamed(value)
            for key, value in schema.items()
        }
    return [_renamed(value) for value in schema] if isinstance(schema, list) else schema


def structs_within(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    """A struct and all those that its fields hold."""
    found: set[type[msgspec.Struct]] = set()
    waiting: list[Any] = [inspect.type_info(kind)]
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.StructType):
            if info.cls in found:
                continue
            found.add(info.cls)
        waiting.extend(_parts(info))
    return found


def _parts(info: Any) -> Iterator[Any]:
    if isinstance(info, inspect.StructType):
        yield from (field.type for field in info.fields)
    if isinstance(info, inspect.UnionType):
        yield from info.types
    if isinstance(info, inspect.Metadata):
        yield info.type
    for name in ("item_type", "value_type"):
        if hasattr(info, name):
            yield getattr(info, name)


class ProblemField(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong field of a request."""

    field: str
    code: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """RFC 9457 problem document; `code` is stable, and further members give the facts of single codes."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemField]
    correlation_id: str


def documented(answer: Any, *refusals: int) -> dict[Any, Any]:
    """The responses of a call for `extend_schema`: what it answers with 200 (None: nothing), and how it refuses."""
    # too many calls; a dependency is down; a body that is too large
    always = {429, 503} | ({413} if 400 in refusals else set())
    problems = {(status, "application/problem+json"): Problem for status in sorted({*refusals, *always})}
    return problems if answer is None else {200: answer, **problems}


def query_parameters(kind: type[msgspec.Struct]) -> list[OpenApiParameter]:
    """The query string that a struct reads, for `extend_schema`."""
    schema = msgspec.json.schema(kind)
    described = schema["$defs"][kind.__name__] if "$defs" in schema else schema
    return [
        OpenApiParameter(name=name, type=_not_null(shape), location="query", required=name in described["required"])
        for name, shape in described["properties"].items()
    ]


def _not_null(shape: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in shape.get("anyOf", [shape]) if choice.get("type") != "null"]
    return {key: value for key, value in choices[0].items() if key != "default"}
