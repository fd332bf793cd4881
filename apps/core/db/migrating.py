"""Migrating the public schema and the tenants' schemas, and knowing without a look which are up to date."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from apps.core import tenancy

_current_checked = False


def tenant_migrations_hash() -> str:
    """A fingerprint of all the migrations that a tenant's schema should have seen."""
    loader = MigrationLoader(None)
    labels = {app.rsplit(".", 1)[-1] for app in settings.TENANT_APPS}
    names = sorted(f"{app}.{name}" for app, name in loader.disk_migrations if app in labels)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def shared_is_current() -> bool:
    """Whether the public schema has seen every migration of the shared apps. Remembered once it is true."""
    global _current_checked
    if not _current_checked:
        loader = MigrationLoader(connection)
        labels = {app.label for app in _shared_apps()}
        wanted = {key for key in loader.disk_migrations if key[0] in labels}
        _current_checked = wanted <= set(loader.applied_migrations)
    return _current_checked


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
        _grant(schema)


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


def _grant(schema: str) -> None:
    names = {"schema": sql.Identifier(schema)}
    statements = """
        GRANT USAGE ON SCHEMA {schema} TO parking_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO parking_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO parking_app;
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statements).format(**names).as_string())
        if schema != tenancy.PUBLIC_SCHEMA:
            final = "REVOKE UPDATE, DELETE ON {schema}.core_event, {schema}.core_eventseal FROM parking_app"
            cursor.execute(sql.SQL(final).format(**names).as_string())


def grant_public() -> None:
    """Let the application's role use the shared tables."""
    with tenancy.public():
        _grant(tenancy.PUBLIC_SCHEMA)


def _shared_apps() -> list[Any]:
    from django.apps import apps

    return [app for app in apps.get_app_configs() if app.name in settings.SHARED_APPS]
