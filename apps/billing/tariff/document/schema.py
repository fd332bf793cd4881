"""The JSON Schema of plans: docs/plan.schema.json. Run `python -m apps.billing.tariff.document.schema` to print it."""

import json
from typing import Any

import msgspec

from .plan import PlanDocument


def plan_schema() -> str:
    """The schema (2020-12) as the document has it, with prices as numbers; a test fails where the file is stale."""
    _, components = msgspec.json.schema_components([PlanDocument], ref_template="#/$defs/{name}")
    root = _numbers(components.pop("PlanDocument"))
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": _numbers(components)}
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _numbers(schema: Any) -> Any:
    if isinstance(schema, dict):
        if schema.get("format") == "decimal":
            return {"type": "number"}
        return {name: _numbers(value) for name, value in schema.items() if name != "discriminator"}
    return [_numbers(value) for value in schema] if isinstance(schema, list) else schema


if __name__ == "__main__":
    print(plan_schema(), end="")
