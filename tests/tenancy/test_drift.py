"""A schema that somebody has changed by hand is found, and the first object that differs is named."""

import pytest

from apps.core.tenancy import TenantRef
from bench.tenants import COLUMN
from tests.databases import as_owner

from .installation import Installation

CHANGES = {
    "ALTER TABLE {s}.parking_gate ALTER name TYPE text": "column parking_gate.name is: text",
    "ALTER TABLE {s}.parking_gate ALTER name DROP NOT NULL": "column parking_gate.name is: ",
    "ALTER TABLE {s}.parking_gate ADD extra int": "column parking_gate.extra should not be there",
    "ALTER TABLE {s}.parking_gate ADD CONSTRAINT long CHECK (length(name) > 3)": "constraint parking_gate.long ",
    "DROP INDEX {s}.event_type": "index event_type is missing",
    "CREATE INDEX mine ON {s}.core_event (id)": "index mine should not be there",
    "ALTER TABLE {s}.core_event DISABLE TRIGGER row_is_final": "trigger core_event.row_is_final is: D",
    "DROP TRIGGER rows_are_final ON {s}.core_event": "trigger core_event.rows_are_final is missing",
    "GRANT UPDATE ON {s}.core_event TO parking_app": "relation core_event is: ",
    "GRANT CREATE ON SCHEMA {s} TO parking_app": "schema is: ",
    "CREATE TABLE {s}.aside (id int)": "column aside.id should not be there",
    "CREATE FUNCTION {s}.f() RETURNS int LANGUAGE sql AS 'SELECT 1'": "function f() should not be there",
    "CREATE VIEW {s}.looks AS SELECT 1 AS one": "column looks.one should not be there",
    "ALTER TABLE {s}.parking_occupancy RESET (fillfactor)": "relation parking_occupancy is: ",
    "ALTER SEQUENCE {s}.core_event_position_seq INCREMENT 2": "sequence core_event_position_seq is: ",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_by_hand_is_named(installation: Installation, globex: TenantRef, change: str) -> None:
    installation.does("migrate")
    as_owner(change.format(s=globex.schema))

    drifted = installation.tries("tenant", "drift")
    assert drifted.returncode == 1
    assert f"globex ({globex.schema}): {CHANGES[change]}" in drifted.stdout
    assert "1 schema(s) have drifted" in drifted.stderr
    assert "acme" not in drifted.stdout


def test_drift_fails_the_deploy_that_finds_it(installation: Installation, globex: TenantRef) -> None:
    installation.does("migrate")
    as_owner(f"DROP INDEX {globex.schema}.event_type")
    installation.migrations.add("0002_colour", COLUMN)

    said = installation.refuses("migrate")
    assert f"globex ({globex.schema}): index event_type is missing" in said
    assert "are not what their migrations make" in said
