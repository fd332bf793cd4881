"""Schemas by the names that people know."""

from apps.auth.models import Tenant
from apps.core import tenancy


def name_of(schema: str) -> str:
    """The tenant of a schema, or that it is a spare."""
    with tenancy.public():
        slug = Tenant.objects.filter(schema_name=schema).values_list("slug", flat=True).first()
    return f"{slug} ({schema})" if slug else f"the spare {schema}"
