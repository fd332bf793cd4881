"""Tells drf-spectacular how a msgspec struct looks, so that the served document is made from the code that runs."""

from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent


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
                component = ResolvedComponent(name=other, type=ResolvedComponent.SCHEMA, object=other, schema=schema)
                auto_schema.registry.register_on_missing(component)
        return components[name]
