"""Migrating the public schema and the tenants' schemas, and knowing without a look which are up to date."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from apps.core import tenancy

_current_checked = False
_WITHOUT_RIGHTS = """
SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND NOT has_table_privilege('parking_app', oid, 'SELECT'))
"""


def shared_is_current() -> bool:
    """Whether the public schema has seen every migration of the shared apps. Remembered once it is true."""
    global _current_checked
    if not _current_checked:
        loader = MigrationLoader(connection)
        labels = {app.label for app in _shared_apps()}
        wanted = {key for key in loader.disk_migrations if key[0] in labels}
        _current_checked = wanted <= set(loader.applied_migrations)
    return _current_checked


def public_is_current() -> bool:
    """Whether the public schema has seen every migration there is, and the application's role may use its tables."""
    with tenancy.public(), connection.cursor() as cursor:
        loader = MigrationLoader(connection)
        if not set(loader.disk_migrations) <= set(loader.applied_migrations):
            return False
        cursor.execute(_WITHOUT_RIGHTS)
        return not cursor.fetchone()[0]


def migrate_schema(schema: str, *arguments: str, **options: Any) -> None:
    """Run Django's `migrate` in one schema, with a table of applied migrations of its own."""
    if schema == tenancy.PUBLIC_SCHEMA:
        with tenancy.public():
            call_command("migrate_here", *arguments, **options)
        return
    with tenancy.schema_alone(schema):
        MigrationRecorder(connection).ensure_schema()  # else the one of `public` would be found behind it
    with tenancy.schema_and_public(schema):
        call_command("migrate_here", *arguments, **options)
        with connection.cursor() as cursor:
            cursor.execute(grants_sql(schema))


def create_schema(schema: str) -> None:
    """Make an empty schema that the application's role may use and not change."""
    if not tenancy.SCHEMA_NAME.fullmatch(schema):
        raise ValueError(f"{schema!r} is not a schema name of ours")
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)).as_string())


def drop_schema(schema: str) -> None:
    """Take a schema away with all that is in it; for one whose making failed."""
    if not tenancy.SCHEMA_NAME.fullmatch(schema):
        raise ValueError(f"{schema!r} is not a schema name of ours")
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)).as_string())


def grants_sql(schema: str) -> str:
    """What the application's role may do in a schema: rows, and of events and audit only new ones.

    Of an event it says neither the place nor the transaction: by these readers go, and the chain is sealed. It may not
    write `identity_recordedmigration`, for the owner runs what stands there.
    """
    statements = """
        GRANT USAGE ON SCHEMA {schema} TO parking_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO parking_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO parking_app;
    """
    if schema == tenancy.PUBLIC_SCHEMA:
        final = """
            REVOKE INSERT, UPDATE, DELETE ON {schema}.identity_recordedmigration FROM parking_app;
            REVOKE UPDATE, DELETE ON {schema}.core_shared_platformaudit FROM parking_app
        """
    else:
        final = """
            REVOKE UPDATE, DELETE ON {schema}.core_eventseal, {schema}.core_auditentry, {schema}.core_eventredaction
                FROM parking_app;
            REVOKE INSERT, UPDATE, DELETE ON {schema}.core_event FROM parking_app;
            GRANT INSERT (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at, data,
                metadata), UPDATE (data, metadata) ON {schema}.core_event TO parking_app
        """
    return sql.SQL(statements + final).format(schema=sql.Identifier(schema)).as_string()


def grant_public() -> None:
    """Let the application's role use the shared tables."""
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(grants_sql(tenancy.PUBLIC_SCHEMA))


def _shared_apps() -> list[Any]:
    from django.apps import apps

    shared = set(settings.SHARED_APPS)  # by name, or by its config where that is one of ours for a library's app
    return [app for app in apps.get_app_configs() if {app.name, f"{app.__module__}.{type(app).__name__}"} & shared]
