"""What no one undoes: a tenant's schema goes only when it is meant to, and events never change."""

from typing import Any

import psycopg
import pytest
from psycopg import errors

from apps.auth.models import Tenant
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.tenancy.test_schemas import tables_in

pytestmark = pytest.mark.usefixtures("own_database")

Session = psycopg.Connection[Any]


def test_the_library_neither_makes_nor_drops_schemas(acme: TenantRef, bare: Session) -> None:
    """Its `save()` drops the schema again when any receiver of its signal fails; its `delete()` when told to."""
    assert (Tenant.auto_create_schema, Tenant.auto_drop_schema) == (False, False)
    with tenancy.public():
        Tenant.objects.create(slug="rows-alone", name="Rows alone", schema_name="t_00000000rowsalone")
        Tenant.objects.get(slug="acme").delete()

    assert tables_in(bare, "t_00000000rowsalone") == set()
    assert tables_in(bare, acme.schema)


EVENT = """
    INSERT INTO {acme}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,
        occurred_at, data, metadata)
    VALUES (gen_random_uuid(), 'test', gen_random_uuid(), 1, 'Tested', 1, now(), '{{}}', '{{}}')
"""


@pytest.mark.parametrize(
    "statement",
    ["UPDATE {acme}.core_event SET type = 'x'", "DELETE FROM {acme}.core_event", "TRUNCATE {acme}.core_event"],
)
def test_not_even_the_owner_changes_an_event(acme: TenantRef, bare: Session, owner: Session, statement: str) -> None:
    bare.execute(EVENT.format(acme=acme.schema))

    with pytest.raises(errors.IntegrityConstraintViolation, match="append-only"):
        owner.execute(statement.format(acme=acme.schema))
    assert bare.execute(f"SELECT type FROM {acme.schema}.core_event").fetchall() == [("Tested",)]


@pytest.mark.parametrize("column", ["tx_id", "position"])
def test_the_order_of_events_is_not_the_applications_to_say(acme: TenantRef, bare: Session, column: str) -> None:
    """Readers go by these and stop before what is open: an event that named an older transaction was read by nobody."""
    said = EVENT.format(acme=acme.schema)
    chosen = said.replace("(id,", f"({column}, id,").replace("VALUES (", "VALUES ('1', ")
    with pytest.raises(errors.InsufficientPrivilege):
        bare.execute(chosen)
    assert bare.execute(f"SELECT count(*) FROM {acme.schema}.core_event").fetchone() == (0,)
    bare.execute(said)
    assert bare.execute(f"SELECT count(*) FROM {acme.schema}.core_event").fetchone() == (1,)
