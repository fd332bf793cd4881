"""What lies in which schema, and what the application's role may do there."""

import os
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from psycopg import errors

from apps.core.tenancy import TenantRef

pytestmark = pytest.mark.django_db

Session = psycopg.Connection[Any]
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
# Each kind of schema has its own record of the migrations that it has seen.
IN_BOTH = {"django_migrations"}


def tables_in(bare: Session, schema: str) -> set[str]:
    return {row[0] for row in bare.execute(TABLES, [schema])}


def test_no_table_is_in_both_kinds_of_schema(acme: TenantRef, globex: TenantRef, bare: Session) -> None:
    shared, own = tables_in(bare, "public"), tables_in(bare, acme.schema)

    assert own
    assert shared & own == IN_BOTH
    assert own == tables_in(bare, globex.schema)


def test_what_django_caches_by_id_is_public_alone(acme: TenantRef, bare: Session) -> None:
    """ContentType ids are remembered per process: with a table in each tenant they get mixed up."""
    cached = {"django_content_type", "auth_permission", "auth_group", "django_session", "django_admin_log"}

    assert cached <= tables_in(bare, "public")
    assert not cached & tables_in(bare, acme.schema)


def test_no_foreign_key_leaves_its_schema(acme: TenantRef, bare: Session) -> None:
    leaving = """
        SELECT conrelid::regclass, confrelid::regclass FROM pg_constraint
        JOIN pg_class here ON here.oid = conrelid JOIN pg_class there ON there.oid = confrelid
        WHERE contype = 'f' AND here.relnamespace <> there.relnamespace
    """
    assert bare.execute(leaving).fetchall() == []


FORBIDDEN = [
    "CREATE SCHEMA t_00000000new",
    "DROP SCHEMA {acme} CASCADE",
    "ALTER SCHEMA {acme} RENAME TO t_00000000other",
    "CREATE TABLE {acme}.new (id int)",
    "CREATE TABLE public.new (id int)",
    "DROP TABLE {acme}.parking_location CASCADE",
    "ALTER TABLE {acme}.core_event DISABLE TRIGGER ALL",
    "TRUNCATE {acme}.core_event",
    "TRUNCATE {acme}.parking_location CASCADE",
    "UPDATE {acme}.core_event SET type = 'Other'",
    "DELETE FROM {acme}.core_event",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SET ROLE {owner}",
    "CREATE ROLE other",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_applications_role_changes_rows_and_nothing_else(acme: TenantRef, bare: Session, statement: str) -> None:
    role_of_owner = urlsplit(os.environ["DATABASE_OWNER_URL"]).username
    with pytest.raises(errors.InsufficientPrivilege):
        bare.execute(statement.format(acme=acme.schema, owner=role_of_owner))


def test_the_role_is_no_superuser_and_passes_no_row_security(bare: Session) -> None:
    rights = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"

    assert bare.execute(rights).fetchone() == (False, False, False, False)


def test_a_session_of_ours_starts_nowhere() -> None:
    assert "search_path=pg_catalog" in settings.DATABASES["default"]["OPTIONS"]["options"]
