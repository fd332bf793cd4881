"""One tenant as one file, made a tenant again on another server: nothing is lost, and nothing secret goes along."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from apps.auth.tenants.exporting import STAYS, TRAVELS, tables_of_tenants
from apps.core import tenancy
from apps.core.events.projection import Projection, projections
from apps.core.models import LiveProjection
from apps.core.tenancy import TenantRef
from bench.growing import Migrations
from tests import databases
from tests.events.relays import Heard, note, outbox_is_empty, relaying, wait_for
from tests.factories.sites import open_location
from tests.tenancy.installation import Installation, rows, schemas_made

AT = ("--host", "moved.localhost")
CONTENT = "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM (SELECT {} FROM {}.{}) t"


@pytest.fixture
def lively(own_database: None, acme: TenantRef) -> TenantRef:
    """Acme with delivered events and two that still wait, a deadline, and rows of many kinds."""
    with tenancy.enter(acme), relaying(Heard().subscription()):
        open_location()
        note("delivered")
        wait_for(outbox_is_empty)
    with tenancy.enter(acme):
        waiting = note("waits")
        note("waits too", aggregate=waiting)
    databases.as_owner(f"""
        INSERT INTO core_shared_deadline VALUES (gen_random_uuid(), '{acme.id}', 'overstay', '2027-01-01T00:00Z');
        INSERT INTO core_shared_delivery (shard, tenant_schema, event_position, event_id, aggregate_type, aggregate_id,
            aggregate_version, type, schema_version, occurred_at, data, metadata, subscription, position,
            attempts, error)
        SELECT 0, '{acme.schema}', position, id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,
            occurred_at, data, metadata, 'kafka', 7, 3, 'away' FROM {acme.schema}.core_event LIMIT 1
    """)
    return acme


@contextmanager
def elsewhere() -> Iterator[None]:
    """Another database of another name, with other tenants; commands and `rows` are of that one meanwhile."""
    here = {name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    name = f"{connection.settings_dict['NAME']}_elsewhere"
    with databases.copied(name):
        for variable, url in here.items():
            os.environ[variable] = databases.with_name(url, name)
        try:
            run("tenant", "close", "acme")
            run("tenant", "delete", "acme", "--confirm", "acme")
            yield
        finally:
            os.environ.update(here)


def tries(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=databases.ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )


def run(*words: str) -> str:
    done = tries(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def contents(schema: str) -> dict[str, Any]:
    """Every table's rows, without what each cluster gives out itself."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]).fetchall()
        found = {}
        for (table,) in tables:
            columns = owner.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
                " AND column_name <> 'tx_id' ORDER BY 1",
                [schema, table],
            ).fetchall()
            named = ", ".join(f'"{column}"' for (column,) in columns)
            found[table] = owner.execute(CONTENT.format(named, schema, table)).fetchone()  # type: ignore[arg-type]
    for grown_here in ("django_migrations", "core_liveprojection"):
        found.pop(grown_here)
    return found


def verified(slug: str) -> str:
    """How many events hold, and the chain's head."""
    return run("verify_events", "--tenant", slug).split(":", 1)[1].strip()


def schema_of(slug: str) -> str:
    ((schema,),) = rows(f"SELECT schema_name FROM identity_tenant WHERE slug = '{slug}'")
    return str(schema)


def test_projections_are_grown_from_the_store_where_the_tenant_comes_to(lively: TenantRef, tmp_path: Path) -> None:
    """How far a rebuild had read was told in the other server's numbers, which mean nothing here."""
    file = tmp_path / "acme.tenant"
    with tenancy.enter(lively):
        for projection in projections():
            LiveProjection.objects.update_or_create(name=projection.name, defaults={"position": 3, "generation": 5})
    run("tenant", "export", "acme", str(file))
    with elsewhere():
        run("tenant", "import", str(file), "--as", "moved", *AT)
        grown = rows(f"SELECT name, generation > 5, tx_id IS NOT NULL FROM {schema_of('moved')}.core_liveprojection")
    assert sorted(grown) == [(projection.name, True, True) for projection in sorted(projections(), key=_name)]


def _name(projection: Projection) -> str:
    return projection.name


def test_a_tenant_moves_to_another_server_with_all_that_is_its_own(lively: TenantRef, tmp_path: Path) -> None:
    file = tmp_path / "acme.tenant"
    run("tenant", "export", "acme", str(file))
    assert file.stat().st_mode & 0o077 == 0
    before, chain = contents(lively.schema), verified("acme")
    with elsewhere():
        run("tenant", "import", str(file), "--as", "moved", *AT)
        schema = schema_of("moved")
        assert contents(schema) == before
        assert verified("moved") == chain
        assert rows("SELECT id::text FROM identity_tenant WHERE slug = 'moved'") == [(str(lively.id),)]
        assert rows(f"SELECT is_primary FROM identity_domain WHERE tenant_id = '{lively.id}'") == [(True,)]
        outbox = "SELECT tenant_schema, aggregate_version FROM core_shared_eventoutbox ORDER BY position"
        assert rows(outbox) == [(schema, 1), (schema, 2)]
        assert rows("SELECT subscription, error FROM core_shared_delivery") == [("kafka", "away")]
        assert rows("SELECT tenant_id::text FROM core_shared_deadline") == [(str(lively.id),)]
        assert rows("SELECT count(DISTINCT shard) FROM core_shared_eventoutbox") == [(1,)]
        databases.as_owner(f"""
            INSERT INTO {schema}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,
                occurred_at, data, metadata)
            VALUES (gen_random_uuid(), 'note', gen_random_uuid(), 1, 'Noted', 1, now(), '{{}}', '{{}}')
        """)
        assert rows(outbox)[-1] == (schema, 1)  # new events go out again
        assert "No schema has drifted." in run("tenant", "drift")


def test_people_come_without_passwords_and_no_secret_is_in_the_file(lively: TenantRef, tmp_path: Path) -> None:
    file = tmp_path / "acme.tenant"
    run("tenant", "export", "acme", str(file))
    with zipfile.ZipFile(file) as archive:
        said = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for (password,) in rows("SELECT password FROM identity_user"):
        assert password not in said
    assert "globex" not in said
    with elsewhere():
        databases.as_owner("DELETE FROM identity_user WHERE email = 'viewer@acme.example'")
        own = rows("SELECT id, password FROM identity_user WHERE email = 'root@parking.example'")
        run("tenant", "import", str(file), "--as", "moved", *AT)
        people = rows(f"""
            SELECT email, left(password, 1) = '!', m.role FROM identity_membership m
            JOIN identity_user u ON u.id = user_id WHERE tenant_id = '{lively.id}'
        """)
        assert ("viewer@acme.example", True, "viewer") in people
        assert len(people) == 6
        assert rows("SELECT id, password FROM identity_user WHERE email = 'root@parking.example'") == own


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 0xFF
    file.write_bytes(bytes(content))


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def edited(file: Path) -> None:
    """A part is exchanged, by somebody whose zip is whole."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["tables/parking_gate"] += b"\n"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("damage", [flipped, cut, edited, empty])
def test_a_damaged_file_is_refused(lively: TenantRef, tmp_path: Path, damage: Any) -> None:
    file = tmp_path / "acme.tenant"
    run("tenant", "export", "acme", str(file))
    damage(file)
    assert_refused("tenant", "import", str(file), "--as", "moved", *AT)


def assert_refused(*words: str, because: str = "") -> None:
    """The command says why in a sentence, and leaves no schema, tenant or account behind."""
    state = "SELECT (SELECT count(*) FROM identity_tenant), (SELECT count(*) FROM identity_user), count(*) {}"
    query = state.format("FROM identity_spareschema")
    before, schemas = rows(query), schemas_made()
    refused = tries(*words)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert because in refused.stderr
    assert (rows(query), schemas_made()) == (before, schemas)


def test_what_is_here_already_is_refused(lively: TenantRef, tmp_path: Path) -> None:
    file = tmp_path / "acme.tenant"
    run("tenant", "export", "acme", str(file))
    assert_refused("tenant", "import", str(file), "--as", "again", *AT, because="cannot be here twice")
    assert_refused("tenant", "import", str(file), "--as", "globex", *AT, because="Choose another name")
    assert_refused("tenant", "export", "acme", str(file), because="exists")
    assert_refused("tenant", "export", "nobody", str(tmp_path / "x"), because="no tenant nobody")
    assert_refused("tenant", "import", str(tmp_path / "y"), "--as", "again", *AT, because="cannot be read")
    with elsewhere():
        assert_refused("tenant", "import", str(file), "--as", "globex", *AT, because="Choose another name")
        assert_refused("tenant", "import", str(file), "--as", "x", *AT, because="slug")
        assert_refused("tenant", "import", str(file), "--as", "moved", "--host", "globex.localhost", because="Choose")


def test_a_file_of_newer_code_is_refused_and_one_of_older_code_is_migrated(lively: TenantRef, tmp_path: Path) -> None:
    newer = Installation(Migrations(tmp_path))
    old, new = tmp_path / "old.tenant", tmp_path / "new.tenant"
    run("tenant", "export", "acme", str(old))
    newer.does("migrate")
    newer.does("tenant", "export", "acme", str(new))
    with elsewhere():
        assert_refused("tenant", "import", str(new), "--as", "moved", *AT, because="growing.0001_initial")
        newer.does("migrate")
        newer.does("tenant", "import", str(old), "--as", "moved", *AT)
        assert rows(f"SELECT count(*) FROM {schema_of('moved')}.growing_note") == [(20,)]
        assert "No schema has drifted." in newer.does("tenant", "drift")


def test_every_shared_table_of_tenants_is_known_to_travel_or_to_stay(own_database: None) -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        assert set(tables_of_tenants(owner)) <= {*TRAVELS, *STAYS}


def test_deleting_leaves_nothing(lively: TenantRef) -> None:
    before = schemas_made()
    assert_refused("tenant", "delete", "acme", "--confirm", "acme", because="close it first")
    run("tenant", "close", "acme", "--reason", "moved away")
    assert_refused("tenant", "delete", "acme", "--confirm", "globex", because="Repeat the short name")
    run("tenant", "delete", "acme", "--confirm", "acme")

    assert before - schemas_made() == {lively.schema}
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for table in {table for (table,) in tables} - {"core_shared_platformaudit"}:  # it tells that there was one
            traces = f"SELECT count(*) FROM {table} t WHERE t::text ~ %s"
            for trace in (lively.schema, str(lively.id), "acme.example"):
                assert owner.execute(traces, [trace]).fetchone() == (0,), (table, trace)  # type: ignore[arg-type]
    assert "globex" in run("tenant", "list")
    assert "events hold" in run("verify_events", "--tenant", "globex")
