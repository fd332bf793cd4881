"""Writing one tenant to one file, as it is at one moment."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from apps.auth.tenant_queries import find_tenant
from apps.core import tenancy
from apps.core.db.session import dsn
from apps.core.errors import Conflict

from .archive import FORMAT, Manifest, Part, TenantFacts, Writer, writing
from .plan import tenant_app_labels

_TABLES = """
SELECT relname::text FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'
    AND relname <> 'django_migrations' ORDER BY 1
"""
# Which transaction wrote a row means nothing in another cluster; what is generated is generated again.
_COLUMNS = """
SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
    AND attgenerated = '' AND NOT (attname = 'tx_id' AND atttypid = 'xid8'::regtype) ORDER BY attnum
"""
# What of the shared tables is a tenant's own and means the same elsewhere, beside its events that still wait.
TRAVELS = (
    "identity_membership",
    "identity_ownrole",
    "identity_securityruleset",
    "identity_securityrulechange",
    "core_shared_deadline",
)
# Sign-ins and support end, keys are secrets, and hosts are given anew.
STAYS = (
    "identity_signinsession",
    "identity_supportsession",
    "identity_apikey",
    "identity_invitation",
    "identity_domain",
)
UNDELIVERED = ("core_shared_eventoutbox", "core_shared_delivery")
PEOPLE = "people"
_OWN = """
SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = %s
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1
"""
_PEOPLE = """
SELECT u.id, u.email, u.full_name, u.is_active FROM public.identity_membership m
JOIN public.identity_user u ON u.id = m.user_id WHERE m.tenant_id = %(id)s ORDER BY u.email
"""

Session = psycopg.Connection[Any]


class BeingMade(Conflict):
    code, title = "tenant_being_made", "The tenant is still being made"


def export_tenant(*, slug: str, path: Path, at: datetime) -> Manifest:
    """Write a tenant to a new file and give its manifest: all its rows, and of the shared tables what is its own.

    One snapshot of the database, while others go on. People travel by e-mail address, name and role: passwords,
    sign-ins, keys and other secrets stay here. Raises TenantUnknown, FileExistsError.
    """
    tenant = find_tenant(slug=slug)
    if tenant.status == tenancy.TenantStatus.PROVISIONING:
        raise BeingMade("It has nothing yet.")
    with (
        psycopg.connect(dsn(application_name="export")) as session,
        writing(path) as file,
    ):
        session.execute("SET search_path = public; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        named = {"id": tenant.id, "schema": tenant.schema_name}
        manifest = Manifest(
            format=FORMAT,
            exported_at=at.isoformat(),
            tenant=TenantFacts(
                id=tenant.id,
                slug=tenant.slug,
                name=tenant.name,
                currency=tenant.currency,
                timezone=tenant.timezone,
                limits=tenant.limits,
            ),
            migrations=_migrations(session, tenant.schema_name),
            tables=list(_tables(session, file, tenant.schema_name)),
            shared=list(_shared(session, file, named)),
            events_head=_head(session, tenant.schema_name),
        )
        file.finish(manifest)
    return manifest


def columns_of(session: Session, schema: str, table: str) -> list[str]:
    """The columns of a table that an export holds."""
    return [row[0] for row in session.execute(_COLUMNS, [f'"{schema}"."{table}"']).fetchall()]


def tables_of(session: Session, schema: str) -> list[str]:
    """The tables of a schema that an export holds."""
    return [row[0] for row in session.execute(_TABLES, [schema]).fetchall()]


def _tables(session: Session, file: Writer, schema: str) -> Iterator[Part]:
    for table in tables_of(session, schema):
        columns = columns_of(session, schema, table)
        query = sql.SQL("COPY {} ({}) TO STDOUT").format(
            sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with session.cursor() as cursor, cursor.copy(query) as rows:
            yield file.add(f"tables/{table}", map(bytes, rows), columns=columns)


def tables_of_tenants(session: Session, *, column: str = "tenant_id") -> list[str]:
    """The shared tables that have a row's tenant in this column."""
    return [row[0] for row in session.execute(_OWN, [column]).fetchall()]


def _shared(session: Session, file: Writer, named: dict[str, Any]) -> Iterator[Part]:
    yield _as_json(session, file, PEOPLE, [], sql.SQL(_PEOPLE), named)
    queries = {table: "tenant_id = %(id)s" for table in tables_of_tenants(session) if table in TRAVELS}
    queries |= dict.fromkeys(UNDELIVERED, "tenant_schema = %(schema)s")
    for table, whose in queries.items():
        columns = columns_of(session, "public", table)
        if table == "core_shared_delivery":
            columns.remove("id")  # given out anew
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        query = sql.SQL("SELECT {} FROM {} WHERE {}").format(names, sql.Identifier("public", table), sql.SQL(whose))
        yield _as_json(session, file, table, columns, query, named)


def _as_json(
    session: Session, file: Writer, name: str, columns: list[str], query: sql.Composable, named: dict[str, Any]
) -> Part:
    text = sql.SQL("SELECT coalesce(jsonb_agg(to_jsonb(row)), '[]')::text, count(*) FROM ({}) row").format(query)
    found = session.execute(text, named).fetchone()
    assert found is not None
    return file.add(name, [found[0].encode()], columns=columns, rows=found[1])


def _migrations(session: Session, schema: str) -> list[str]:
    query = sql.SQL("SELECT app || '.' || name FROM {} WHERE app = ANY(%s) ORDER BY 1")
    labels = sorted(tenant_app_labels())
    return [row[0] for row in session.execute(query.format(sql.Identifier(schema, "django_migrations")), [labels])]


def _head(session: Session, schema: str) -> str:
    query = sql.SQL("SELECT encode(hash, 'hex') FROM {} ORDER BY seq DESC LIMIT 1")
    row = session.execute(query.format(sql.Identifier(schema, "core_eventseal"))).fetchone()
    return str(row[0]) if row else ""


def summary(manifest: Manifest) -> str:
    """What was written, in a line."""
    rows = sum(part.rows for part in manifest.tables)
    return f"{manifest.tenant.slug}: {rows} rows of {len(manifest.tables)} tables, events up to {manifest.events_head}"
