"""Whether the rows add up after a measurement: what was answered is what is in the tables, and nothing else is."""

from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from bench.yard import Yard


@dataclass
class Expected:
    """What the clients were told: accepted entries and exits, over all implementations."""

    entries: int = 0
    exits: int = 0


@dataclass
class Ledger:
    """What the tables say."""

    stays: int = 0
    ended: int = 0
    fees: int = 0
    deadlines: int = 0
    counted: int = 0
    counted_by_type: int = 0
    events: dict[str, int] = field(default_factory=dict)
    outbox: dict[str, int] = field(default_factory=dict)

    def disagreements(self, expected: Expected) -> list[str]:
        """Every sum that is not what it should be, in words."""
        parked = expected.entries - expected.exits
        sums = {
            "stays": (self.stays, expected.entries),
            "ended stays": (self.ended, expected.exits),
            "fees": (self.fees, expected.exits),
            "deadlines": (self.deadlines, parked),
            "counters": (self.counted, parked),
            "counters by type": (self.counted_by_type, parked),
            "VehicleEntered": (self.events.get("VehicleEntered", 0), expected.entries),
            "VehicleExited": (self.events.get("VehicleExited", 0), expected.exits),
            "VehicleEntered in the outbox": (self.outbox.get("VehicleEntered", 0), expected.entries),
            "VehicleExited in the outbox": (self.outbox.get("VehicleExited", 0), expected.exits),
        }
        return [f"{name}: {found}, expected {wanted}" for name, (found, wanted) in sums.items() if found != wanted]


def read_ledger(yard: Yard) -> Ledger:
    """Count everything, over all tenants."""
    ledger = Ledger()
    with yard.connect_inside() as session:
        ledger.deadlines = _number(session, sql.SQL("SELECT count(*) FROM public.core_shared_deadline"))
        ledger.outbox = _by_type(session, sql.SQL("public.core_shared_eventoutbox"))
        for lot in yard.lots:
            schema = sql.Identifier(lot.schema)
            ledger.stays += _count(session, "SELECT count(*) FROM {}.parking_parkingentry", schema)
            ledger.ended += _count(session, "SELECT count(exit_time) FROM {}.parking_parkingentry", schema)
            ledger.fees += _count(session, "SELECT count(*) FROM {}.billing_stayfee WHERE total > 0", schema)
            ledger.counted += _count(session, "SELECT sum(occupied) FROM {}.parking_occupancy", schema)
            ledger.counted_by_type += _count(
                session,
                "SELECT sum(value::int) FROM {}.parking_occupancy, jsonb_each_text(by_type)",
                schema,
            )
            for kind, found in _by_type(session, sql.SQL("{}.core_event").format(schema)).items():
                ledger.events[kind] = ledger.events.get(kind, 0) + found
    return ledger


def _count(session: "psycopg.Connection[tuple[object, ...]]", text: str, schema: sql.Identifier) -> int:
    return _number(session, sql.SQL(text).format(schema))  # type: ignore[arg-type]


def _number(session: "psycopg.Connection[tuple[object, ...]]", query: sql.Composable) -> int:
    row = session.execute(query).fetchone()  # type: ignore[arg-type]
    return int(str(row[0] or 0)) if row else 0


def _by_type(session: "psycopg.Connection[tuple[object, ...]]", table: sql.Composable) -> dict[str, int]:
    query = sql.SQL("SELECT type, count(*) FROM {} GROUP BY type").format(table)
    return {str(kind): int(str(found)) for kind, found in session.execute(query).fetchall()}
