"""Recorded SQL makes what Django makes, is nobody's to write but the owner's, and is not used once it is old."""

import os
from typing import Any

import psycopg
import pytest
from psycopg import errors

from apps.core.tenancy import TenantRef
from bench.tenants import COLUMN
from tests.databases import as_owner

from .installation import Installation, rows

LABELS = "SELECT label FROM identity_recordedmigration ORDER BY label"


def test_a_schema_of_recorded_sql_is_what_django_makes_rows_and_all(
    installation: Installation, acme: TenantRef
) -> None:
    """The test database's first tenant was made by Django, which recorded what it did."""
    assert ("parking.0001_initial",) in rows(LABELS)
    installation.does("migrate")
    installation.does("create_tenant", "replayed")

    assert "No schema has drifted." in installation.does("tenant", "drift")
    ((schema,),) = rows("SELECT schema_name FROM identity_tenant WHERE slug = 'replayed'")
    types = "SELECT code, name, rank FROM {}.parking_vehicletype ORDER BY rank"
    assert rows(types.format(schema)) == rows(types.format(acme.schema))
    seen = "SELECT app, name FROM {}.django_migrations"
    assert set(rows(seen.format(schema))) == set(rows(seen.format(acme.schema)))


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE public.identity_recordedmigration SET statements = '[]'",
        "DELETE FROM public.identity_recordedmigration",
        "INSERT INTO public.identity_recordedmigration (label, source_hash, statements) VALUES ('x', 'x', '[]')",
    ],
)
def test_the_application_may_not_say_what_the_owner_runs(bare: "psycopg.Connection[Any]", statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        bare.execute(statement)


def test_an_edited_migration_is_run_by_django_again(installation: Installation) -> None:
    installation.migrations.add("0002_colour", COLUMN)
    installation.does("create_tenant", "first")
    as_owner("UPDATE identity_recordedmigration SET statements = '[]' WHERE label = 'growing.0002_colour'")
    edited = installation.migrations.folder / "0002_colour.py"
    edited.write_text(edited.read_text().replace("red", "blue"))
    installation.does("create_tenant", "second")

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        ((schema,),) = owner.execute("SELECT schema_name FROM identity_tenant WHERE slug = 'second'").fetchall()
        owner.execute(f"SELECT colour FROM {schema}.growing_note").fetchall()
    ((recorded,),) = rows("SELECT statements::text FROM identity_recordedmigration WHERE label = 'growing.0002_colour'")
    assert "blue" in recorded
