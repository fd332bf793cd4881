"""The schemas of this installation, and the migrations that each has seen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg import sql

from apps.auth.models import SpareSchema, Tenant
from apps.core import tenancy
from apps.core.db.session import dsn
from apps.core.tenancy import TenantStatus

from .plan import tenant_app_labels

AT_ONCE = 100
"""So many schemas are asked in one query: each takes a lock and a place in the plan."""
_LOCK = 7_305_113

_WITH_RECORD = """
SELECT nspname FROM pg_namespace JOIN pg_class ON relnamespace = pg_namespace.oid
WHERE relname = 'django_migrations' AND nspname = ANY(%s)
"""
_APPLIED = "SELECT {name}, app || '.' || name FROM {schema}.django_migrations WHERE app = ANY({apps})"


def list_schemas(*, but_of_hash: str | None = None) -> list[str]:
    """Every tenant's schema and every spare that is ready, spares first; those of one hash left out."""
    with tenancy.public():
        spares = SpareSchema.objects.filter(ready_at__isnull=False)
        tenants = Tenant.objects.exclude(status=TenantStatus.PROVISIONING).order_by("id")
        if but_of_hash is not None:
            spares = spares.exclude(migrations_hash=but_of_hash)
            tenants = tenants.exclude(migrations_hash=but_of_hash)
        return [*spares.values_list("schema_name", flat=True), *tenants.values_list("schema_name", flat=True)]


def read_applied(schemas: Sequence[str]) -> dict[str, set[str]]:
    """The migrations that these schemas have seen, by their own word; a schema that is not there is left out."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(schemas), AT_ONCE):
        chunk = list(schemas[start : start + AT_ONCE])
        with tenancy.public(), connection.cursor() as cursor:
            cursor.execute(_WITH_RECORD, [chunk])
            present = [row[0] for row in cursor.fetchall()]
            found |= {schema: set() for schema in present}
            if present:
                cursor.execute(" UNION ALL ".join(map(_applied_sql, present)))
                for schema, label in cursor.fetchall():
                    found[schema].add(label)
    return found


def _applied_sql(schema: str) -> str:
    names = {"name": sql.Literal(schema), "schema": sql.Identifier(schema)}
    apps = sql.Literal(sorted(tenant_app_labels()))  # Django's own `migrate` notes those of the shared apps as well
    return sql.SQL(_APPLIED).format(apps=apps, **names).as_string()


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else makes or migrates a schema of this database meanwhile; waits for whoever does."""
    with psycopg.connect(dsn(application_name="schemas"), autocommit=True) as session:
        session.execute("SET lock_timeout = 0")
        session.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield
