"""Tells drf-spectacular how a msgspec struct looks, so that the served document is made from the code that runs."""

from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter


class StructExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "msgspec.Struct"
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Any) -> str | None:
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        (own,), components = msgspec.json.schema_components([self.target], ref_template="#/components/schemas/{name}")
        name = own["$ref"].rsplit("/", 1)[1]
        for other, schema in components.items():
            if other != name:
                component = ResolvedComponent(  # type: ignore[no-untyped-call]
                    name=other, type=ResolvedComponent.SCHEMA, object=other, schema=schema
                )
                auto_schema.registry.register_on_missing(component)
        return dict(components[name])


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
    problems = {(status, "application/problem+json"): Problem for status in refusals}
    return problems if answer is None else {200: answer, **problems}


def query_parameters(kind: type[msgspec.Struct]) -> list[OpenApiParameter]:
    """The query string that a struct reads, for `extend_schema`."""
    schema = msgspec.json.schema(kind)
    properties = schema["$defs"][kind.__name__]["properties"] if "$defs" in schema else schema["properties"]
    return [OpenApiParameter(name=name, type=_not_null(shape), location="query") for name, shape in properties.items()]


def _not_null(shape: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in shape.get("anyOf", [shape]) if choice.get("type") != "null"]
    return {key: value for key, value in choices[0].items() if key != "default"}
