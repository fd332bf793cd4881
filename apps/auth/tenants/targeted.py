"""`migrate APP [NAME]`: one app to one migration, forwards or back, by Django in each schema; slow, and for people."""

from collections.abc import Sequence

from django.db import connection
from tqdm import tqdm

from apps.core import tenancy
from apps.core.db import migrating

from .bringing_up import register_sql
from .plan import tenant_app_labels
from .schemas import alone, list_schemas, read_applied


def migrate_to(target: Sequence[str]) -> int:
    """Take every tenant's schema to a migration; gives how many there are. Nothing for an app of the public schema."""
    if target[0] not in tenant_app_labels():
        return 0
    with alone():
        schemas = list_schemas()
        for schema in tqdm(schemas, desc="Migrating tenants", unit="schema", disable=None, leave=False):
            migrating.migrate_schema(schema, *target, verbosity=0, interactive=False)
            seen = {label for label in read_applied([schema])[schema] if label.split(".")[0] in tenant_app_labels()}
            with tenancy.public(), connection.cursor() as cursor:
                cursor.execute(register_sql(schema, seen))
    return len(schemas)
