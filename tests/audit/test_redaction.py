"""What the chain says of a redacted event, also to one who may do away with the triggers."""

from collections.abc import Callable

import pytest

from apps.core import tenancy
from apps.core.events.sealing import verify_events
from apps.core.tenancy import TenantRef
from tests.audit.test_erasure import CASE, ERASURES, PLATE, come, deliver, leave, yard
from tests.databases import as_owner
from tests.factories.api import Api

pytestmark = pytest.mark.usefixtures("own_database")
__all__ = ["yard"]

SET_DATA = "UPDATE {schema}.core_event SET data = data || '{data}' WHERE type = 'VehicleExited'"
TAMPERINGS = {
    "its fee": (SET_DATA.replace("{data}", '{"totalFee": 1}'), "the event was altered"),
    "a plate put in": (SET_DATA.replace("{data}", '{"vehicleNumber": "X"}'), "the event was altered"),
    "who redacted": ("UPDATE {schema}.core_eventredaction SET redacted_by = 'nobody'", "redaction 1 was altered"),
    "the record of it": ("DELETE FROM {schema}.core_eventredaction WHERE seq = 1", "the event was altered"),
    "a redaction of what was none": (
        "UPDATE {schema}.core_eventredaction SET digest_before = digest_after WHERE seq = 2", "the event was altered"
    ),
}  # fmt: skip


def erased(api: Callable[..., Api], acme: TenantRef, place: str) -> None:
    leave(api, come(api, place))
    deliver(acme)
    assert api("owner").post(ERASURES, CASE | {"vehicleNumber": PLATE}).status == 201
    deliver(acme)


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_whatever_else_is_altered_is_named(api: Callable[..., Api], acme: TenantRef, yard: str, tampering: str) -> None:
    erased(api, acme, yard)
    with tenancy.enter(acme):
        assert (verify_events().flaw, verify_events().redacted) == (None, 2)
    statement, flaw = TAMPERINGS[tampering]
    statement = statement.replace("{schema}", acme.schema)
    for table in ("core_event", "core_eventredaction"):
        as_owner(f"ALTER TABLE {acme.schema}.{table} DISABLE TRIGGER row_is_final")
    as_owner(statement)
    with tenancy.enter(acme):
        found = verify_events().flaw
    assert found is not None
    assert flaw in found.what


def test_the_triggers_let_nothing_else_pass(api: Callable[..., Api], acme: TenantRef, yard: str) -> None:
    """Not even of a redacted event, and not by the tables' owner."""
    import psycopg

    erased(api, acme, yard)
    for statement in (
        SET_DATA.replace("{data}", '{"totalFee": 1}'),
        "UPDATE {schema}.core_event SET occurred_at = now() WHERE type = 'VehicleExited'",
        "UPDATE {schema}.core_eventredaction SET redacted_by = 'nobody'",
        "DELETE FROM {schema}.core_eventredaction",
        "UPDATE {schema}.core_event SET data = public.event_redacted(data) WHERE type = 'OccupancyChanged'",
    ):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            as_owner(statement.replace("{schema}", acme.schema))
