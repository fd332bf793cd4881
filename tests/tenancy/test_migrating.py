"""A migration reaches every tenant once, whatever comes in between, and what was not reached is told."""

import re

import psycopg
import pytest

from apps.core.tenancy import TenantRef
from bench.tenants import COLUMN, DATA, DATA_CODE
from tests.databases import as_owner

from .installation import Installation, rows, schemas_made, wait_until_one_waits

CONCURRENT_CODE = "from django.contrib.postgres.operations import AddIndexConcurrently"
CONCURRENT = 'AddIndexConcurrently("note", models.Index(fields=["text"], name="note_text"))'


@pytest.fixture
def grown(installation: Installation, acme: TenantRef, globex: TenantRef) -> Installation:
    """Both tenants and a spare have the growing app's first table, with twenty notes each."""
    installation.does("migrate")
    installation.does("tenant", "spare", "--keep", "1")
    return installation


def hashes() -> set[str]:
    found = rows(
        "SELECT migrations_hash FROM identity_tenant UNION ALL SELECT migrations_hash FROM identity_spareschema"
    )
    assert len(found) >= 3
    return {row[0] for row in found}


def columns(schema: str) -> set[str]:
    query = (
        f"SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = ('{schema}', '{{}}')"
    )
    return {row[0] for row in rows(query.format("growing_note"))}


def spare() -> str:
    ((name,),) = rows("SELECT schema_name FROM identity_spareschema LIMIT 1")
    return str(name)


def test_a_column_reaches_tenants_and_spares_and_a_second_run_finds_nothing_to_do(
    grown: Installation, acme: TenantRef, globex: TenantRef
) -> None:
    before = hashes()
    grown.migrations.add("0002_colour", COLUMN)

    assert "tenant schema(s) migrated" in grown.does("migrate")
    for schema in (acme.schema, globex.schema, spare()):
        assert "colour" in columns(schema)
    after = hashes()
    assert len(before) == len(after) == 1
    assert before != after
    assert "Every tenant is up to date." in grown.does("migrate")
    assert "No schema has drifted." in grown.does("tenant", "drift")


def test_a_data_migration_runs_on_each_tenants_own_rows(
    grown: Installation, acme: TenantRef, globex: TenantRef
) -> None:
    as_owner(f"UPDATE {globex.schema}.growing_note SET text = 'of globex' WHERE id = 3")
    grown.migrations.add("0002_upper", DATA, code=DATA_CODE)
    grown.migrations.add("0003_colour", COLUMN)
    grown.does("migrate")

    note = "SELECT text, colour FROM {}.growing_note WHERE id = 3"
    assert rows(note.format(acme.schema)) == [("NOTE 3", "red")]
    assert rows(note.format(globex.schema)) == [("OF GLOBEX", "red")]


def test_what_cannot_run_in_a_transaction_runs_by_django_in_each(
    grown: Installation, acme: TenantRef, globex: TenantRef
) -> None:
    grown.migrations.add("0002_index", CONCURRENT, code=CONCURRENT_CODE, atomic=False)
    grown.does("migrate")

    for schema in (acme.schema, globex.schema):
        assert rows(f"SELECT indexname FROM pg_indexes WHERE schemaname = '{schema}' AND indexname = 'note_text'")
    assert "No schema has drifted." in grown.does("tenant", "drift")


def test_one_that_fails_is_told_and_the_others_go_on(grown: Installation, acme: TenantRef, globex: TenantRef) -> None:
    as_owner(f"ALTER TABLE {globex.schema}.growing_note RENAME TO mislaid")
    grown.migrations.add("0002_colour", COLUMN)

    said = grown.refuses("migrate")
    assert "globex" in said
    assert 'relation "growing_note" does not exist' in said
    assert "1 not; run migrate again" in said
    assert "colour" in columns(acme.schema)

    as_owner(f"ALTER TABLE {globex.schema}.mislaid RENAME TO growing_note")
    assert "1 tenant schema(s) migrated" in grown.does("migrate")
    assert "colour" in columns(globex.schema)


PAGE = 'migrations.CreateModel("Page", [("id", models.BigAutoField(primary_key=True))])'


def test_a_table_may_be_used_though_what_came_after_it_failed(grown: Installation, globex: TenantRef) -> None:
    as_owner(f"ALTER TABLE {globex.schema}.growing_note RENAME TO mislaid")
    grown.migrations.add("0002_page", PAGE)
    grown.migrations.add("0003_upper", DATA, code=DATA_CODE)
    assert 'relation "growing_note" does not exist' in grown.refuses("migrate")
    as_owner(f"ALTER TABLE {globex.schema}.mislaid RENAME TO growing_note")
    grown.does("migrate")

    may = f"SELECT has_table_privilege('parking_app', '{globex.schema}.growing_page', 'INSERT')"
    assert rows(may) == [(True,)]
    assert "No schema has drifted." in grown.does("tenant", "drift")


def test_a_schema_that_is_gone_is_told(grown: Installation, globex: TenantRef) -> None:
    as_owner(f"DROP SCHEMA {globex.schema} CASCADE")
    grown.migrations.add("0002_colour", COLUMN)

    assert re.search(r"globex .*is not there", grown.refuses("migrate"))


def test_a_table_in_use_is_tried_again(grown: Installation, globex: TenantRef) -> None:
    grown.migrations.add("0002_colour", COLUMN)
    with psycopg.connect(grown.environment["DATABASE_OWNER_URL"]) as holder:
        holder.execute(f"LOCK TABLE {globex.schema}.growing_note")
        under_way = grown.start("migrate")
        assert under_way.stdout is not None
        told = next(line for line in under_way.stdout if "schema_not_migrated" in line)
        holder.rollback()
        rest, _ = under_way.communicate(timeout=60)

    assert "lock timeout" in told
    assert under_way.returncode == 0, rest
    assert "colour" in columns(globex.schema)


def test_a_run_that_was_killed_is_gone_on_with(grown: Installation, acme: TenantRef, globex: TenantRef) -> None:
    grown.migrations.add("0002_colour", COLUMN)
    with psycopg.connect(grown.environment["DATABASE_OWNER_URL"], autocommit=True) as holder:
        with holder.transaction():
            holder.execute(f"LOCK TABLE {globex.schema}.growing_note")
            under_way = grown.start("migrate")
            wait_until_one_waits(holder)
            under_way.kill()
            under_way.communicate()
            done = [schema for schema in schemas_made() if "colour" in columns(schema)]
            assert done  # the first, by Django
            assert "colour" not in columns(globex.schema)
        others = "SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
        here = " AND datname = current_database()"
        while holder.execute(others + here).fetchone() != (0,):
            holder.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.01)")

    grown.does("migrate")
    assert "colour" in columns(globex.schema)
    assert len(hashes()) == 1
    assert "No schema has drifted." in grown.does("tenant", "drift")


def test_newer_code_has_been_here(grown: Installation, acme: TenantRef) -> None:
    grown.migrations.add("0002_colour", COLUMN)
    grown.does("migrate")
    (grown.migrations.folder / "0002_colour.py").unlink()

    assert "newer code has migrated it: growing.0002_colour" in grown.refuses("migrate")
    assert "colour" in columns(acme.schema)


def test_one_app_goes_back_and_forth(grown: Installation, acme: TenantRef, globex: TenantRef) -> None:
    grown.migrations.add("0002_colour", COLUMN)
    grown.does("migrate")
    grown.does("migrate", "growing", "0001")
    assert "colour" not in columns(acme.schema) | columns(globex.schema)

    assert "tenant schema(s) migrated." in grown.does("migrate")
    assert "colour" in columns(acme.schema) & columns(globex.schema)
