"""Schemas that are not what their migrations make of an empty one."""

from collections.abc import Sequence

from .fingerprints import Difference, fingerprints, first_difference
from .schemas import list_schemas
from .spares import KEPT, count_ready, keep, new_schema


def find_drift(*, schemas: Sequence[str] | None = None) -> dict[str, Difference]:
    """The first difference of each schema that has drifted, by its name; of all tenants and spares, or of these.

    A schema is made anew to hold them against. As the owner of the tables.
    """
    with new_schema() as reference:
        chosen = list(list_schemas() if schemas is None else schemas)
        found = fingerprints([*chosen, reference])
        wanted = found.pop(reference)
        drifted = [schema for schema in chosen if found.get(schema) != wanted]
        differences = {schema: first_difference(schema, reference) for schema in drifted}
        if count_ready() < KEPT:
            keep(reference)
    return {schema: difference for schema, difference in differences.items() if difference is not None}
