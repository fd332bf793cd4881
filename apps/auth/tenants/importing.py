"""Making a tenant of a file that `export_tenant` wrote, here or on another server."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from django.db import IntegrityError, connection, transaction
from psycopg import sql

from apps.auth import directory
from apps.auth.commands.tenant_checks import TenantExists, check_tenant, usual_host
from apps.auth.models import Domain, Tenant, User
from apps.core import tenancy
from apps.core.db.session import dsn
from apps.core.errors import Conflict, Invalid

from .archive import Manifest, Part, Reader, reading
from .bringing_up import bring_up
from .exporting import PEOPLE, TRAVELS, UNDELIVERED, columns_of, tables_of
from .plan import hash_of, load_plan
from .recordings import read_recordings
from .spares import new_schema, take_over

_INSERT = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table},
    (SELECT coalesce(jsonb_agg({row}), '[]') FROM jsonb_array_elements(%(rows)s::jsonb) r))
"""
# A row of the file as it shall be here
_SAME = "r"
_OF_MEMBER = "r || jsonb_build_object('user_id', %(people)s::jsonb -> (r ->> 'user_id'))"
_UNDELIVERED = """r || jsonb_build_object('tenant_schema', %(schema)s::text, 'shard', hashtext(%(schema)s::text) & 7,
    'position', (r ->> 'position')::bigint + %(offset)s)"""
_SPAN = "SELECT coalesce(max((r ->> 'position')::bigint), 0) FROM jsonb_array_elements(%s::jsonb || %s::jsonb) r"
# Positions order the deliveries of this cluster: those of the file keep their order behind all that are given out here.
_RESERVE = """
SELECT setval('public.core_shared_eventoutbox_position_seq',
    nextval('public.core_shared_eventoutbox_position_seq') + %s) - %s
"""
_SEQUENCES = """
SELECT s.relname::text, t.relname::text, a.attname::text FROM pg_class s
JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S' AND s.relnamespace = %s::regnamespace
"""


class TenantHereAlready(Conflict):
    code, title = "tenant_here_already", "This tenant is on this installation"


class NewerSchema(Conflict):
    code, title = "newer_schema", "The file was written by newer code"


def import_tenant(*, path: Path, slug: str, host: str | None, at: datetime) -> Tenant:
    """Make the tenant of a file under another short name, with its ids, events and deadlines; gives it.

    A file of older code is migrated on its way. People who have no account here get one without a password. All is
    written in one transaction after the whole file has been checked. Runs with the role that owns the tables. Raises
    ArchiveDamaged, NewerSchema, TenantHereAlready, TenantExists, Invalid, FileNotFoundError; nothing is left then.
    """
    with reading(path) as file:
        manifest = file.manifest
        if unknown := load_plan().unknown(manifest.migrations):
            raise NewerSchema(f"This code lacks {', '.join(unknown)}: update it first.")
        tenant, host = _tenant(manifest, slug, host, at)
        with new_schema(at_migrations=set(manifest.migrations)) as schema:
            _copy_tables(file, schema)
            _migrate(schema, manifest)
            try:
                with tenancy.public(), transaction.atomic():
                    _write(tenant, schema, host, file)
            except IntegrityError as error:
                raise TenantExists(f"Choose another name than {slug} at {host}.") from error
    directory.announce()
    return tenant


def _tenant(manifest: Manifest, slug: str, host: str | None, at: datetime) -> tuple[Tenant, str]:
    facts = manifest.tenant
    tenant = Tenant(
        id=facts.id,
        slug=slug,
        name=facts.name,
        currency=facts.currency,
        timezone=facts.timezone,
        limits=facts.limits,
        created_at=at,
    )
    host = (host or usual_host(slug)).lower()
    with tenancy.public():
        check_tenant(tenant, host)
        here = Tenant.objects.filter(id=facts.id).values_list("slug", flat=True).first()
    if here is not None:
        raise TenantHereAlready(f"It is {here} here; its events carry its id, so it cannot be here twice.")
    return tenant, host


def _copy_tables(file: Reader, schema: str) -> None:
    """Fill the tables, in one transaction; the triggers that send events off must not see these again."""
    with psycopg.connect(dsn(application_name="import")) as session:
        session.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
        here = tables_of(session, schema)
        _check_columns(session, file.manifest, schema)
        for table in here:
            session.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
            session.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))  # what migrations have put in
        for part in file.manifest.tables:
            _copy(session, file, part)
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no trigger is switched while checks wait
        for table in here:
            session.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
        _set_sequences(session, schema)


def _check_columns(session: "psycopg.Connection[Any]", manifest: Manifest, schema: str) -> None:
    """Raise Invalid for a file whose tables are not what its migrations make."""
    for part in manifest.tables:
        table = part.name.removeprefix("tables/")
        if not part.columns or set(part.columns) != set(columns_of(session, schema, table)):
            raise Invalid(f"The file's {table} has other columns than its migrations make.")
    for part in manifest.shared:
        if part.name != PEOPLE and part.name not in (*TRAVELS, *UNDELIVERED):
            raise Invalid(f"The file's {part.name} is nothing that a tenant brings along.")
        if not set(part.columns) <= set(columns_of(session, "public", part.name) if part.columns else []):
            raise Invalid(f"The file's {part.name} has columns that are not known here.")


def _copy(session: "psycopg.Connection[Any]", file: Reader, part: Part) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, part.columns))
    table = sql.Identifier(part.name.removeprefix("tables/"))
    with session.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)) as rows:
        for piece in file.pieces(part):
            rows.write(piece)


def _set_sequences(session: "psycopg.Connection[Any]", schema: str) -> None:
    for sequence, table, column in session.execute(_SEQUENCES, [schema]).fetchall():
        largest = sql.SQL("SELECT setval(%s::regclass, max({})) FROM {} HAVING max({}) IS NOT NULL").format(
            sql.Identifier(column), sql.Identifier(table), sql.Identifier(column)
        )
        session.execute(largest, [f'"{schema}"."{sequence}"'])


def _migrate(schema: str, manifest: Manifest) -> None:
    plan = load_plan()
    if set(manifest.migrations) != {step.label for step in plan.steps}:
        bring_up(schema=schema, applied=manifest.migrations, plan=plan, recordings=read_recordings(plan))


def _write(tenant: Tenant, schema: str, host: str, file: Reader) -> None:
    take_over(schema)
    tenant.schema_name = schema
    tenant.migrations_hash = hash_of(step.label for step in load_plan().steps)
    tenant.save(force_insert=True)
    Domain.objects.create(domain=host, tenant=tenant, is_primary=True)
    people = {member["id"]: str(_account(member).id) for member in msgspec.json.decode(file.text(PEOPLE))}
    undelivered = [file.text(table) for table in UNDELIVERED]
    with connection.cursor() as cursor:
        cursor.execute(_SPAN, undelivered)
        span = cursor.fetchone()[0]
        cursor.execute(_RESERVE, [span, span])
        named = {"schema": schema, "offset": cursor.fetchone()[0], "people": msgspec.json.encode(people).decode()}
        for part in file.manifest.shared:
            if part.name != PEOPLE:
                cursor.execute(_insert_sql(part), named | {"rows": file.text(part.name)})


def _insert_sql(part: Part) -> str:
    row = _UNDELIVERED if part.name in UNDELIVERED else _OF_MEMBER if part.name == "identity_membership" else _SAME
    columns = sql.SQL(", ").join(map(sql.Identifier, part.columns))
    table = sql.Identifier("public", part.name)
    return sql.SQL(_INSERT).format(table=table, columns=columns, row=sql.SQL(row)).as_string()


def _account(member: dict[str, Any]) -> User:
    return User.objects.filter(email=member["email"]).first() or _newcomer(member)


def _newcomer(member: dict[str, Any]) -> User:
    """An account with the person's id where that is free, for events name it; and with no password."""
    user = User(email=member["email"], full_name=member["full_name"], is_active=member["is_active"])
    user.set_unusable_password()
    if not User.objects.filter(id=member["id"]).exists():
        user.id = member["id"]
    user.save(force_insert=True)
    return user
