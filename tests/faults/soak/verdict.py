"""After the kills: what the visitors were told, what the tables say and what subscribers heard must be the same."""

import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.soak.installation import Installation
from tests.faults.soak.senders import TOPIC
from tests.faults.soak.visitors import Known, Visitors
from tests.kafka.brokers import Broker
from tests.kafka.reading import header, read_topic

STANDS_STILL_SECONDS = 120.0
_WAITING = """
SELECT (SELECT count(*) FROM public.core_shared_eventoutbox), (SELECT count(*) FROM public.core_shared_delivery)
"""


Sent = dict[str, set[str]]
"""The plates that came over Kafka, by tenant."""


def wait_until_settled(yard: Installation, visitors: Visitors, sent: Sent) -> None:
    """Until all is delivered and taken, and the clock's tick has found every vehicle that stands too long.

    However long that takes: 200 rounds on a busy machine leave tens of thousands of deliveries. It fails when nothing
    of what is left has become less for a while.
    """
    least: dict[str, int] = {}
    until = time.monotonic() + STANDS_STILL_SECONDS
    while True:
        left = _left(yard, visitors, sent)
        if not any(left.values()):
            return
        if any(count < least.get(what, count + 1) for what, count in left.items()):
            least = {what: min(count, least.get(what, count)) for what, count in left.items()}
            until = time.monotonic() + STANDS_STILL_SECONDS
        assert time.monotonic() < until, f"nothing moves any more: {left}"
        time.sleep(0.2)


def _left(yard: Installation, visitors: Visitors, sent: Sent) -> dict[str, int]:
    with psycopg.connect(yard.database_url) as session:
        row = session.execute(_WAITING).fetchone()
        assert row is not None
        left = {"outbox": row[0], "deliveries": row[1]}
        for tenant, known in visitors.known.items():
            session.execute(f"SET search_path = {schema_of(session, tenant)}")
            marked = session.execute("SELECT count(*) FROM core_event WHERE type = 'OverstayDetected'").fetchone()
            assert marked is not None
            came = session.execute("SELECT count(*) FROM parking_parkingentry").fetchone()
            assert came is not None
            left[f"entries of {tenant}"] = len(known.entered) + len(sent[tenant]) - came[0]
            left[f"overstays of {tenant}"] = len(known.entered) - len(known.left) - marked[0]
    return left


def schema_of(session: "psycopg.Connection[Any]", tenant: str) -> str:
    row = session.execute("SELECT schema_name FROM public.identity_tenant WHERE slug = %s", [tenant]).fetchone()
    assert row is not None
    return str(row[0])


def check(yard: Installation, visitors: Visitors, sent: Sent, *, heard: Path, broker: Broker | None) -> None:
    """Everything that must hold once all is settled. `heard` is the file of the ear."""
    first_heard = defaultdict(list)
    for aggregate, event in dict.fromkeys(tuple(line.split()) for line in heard.read_text().splitlines()):
        first_heard[aggregate].append(event)
    stored: dict[str, list[str]] = {}
    for tenant, known in visitors.known.items():
        with psycopg.connect(yard.database_url) as session:
            session.execute(f"SET search_path = {schema_of(session, tenant)}")
            _check_stays(session, known, sent[tenant])
            _check_events(session, known, sent[tenant])
            _check_money(session, known)
            stored |= _check_effects(session)
    assert first_heard == stored, "the ear missed an event, or heard some in another order"
    if broker is not None:
        in_kafka = defaultdict(list)
        for record in read_topic(broker.client, "parking.parking.v1"):
            if header(record, "ce_type") != "OccupancyChanged":
                in_kafka[header(record, "ce_subject")].append(header(record, "ce_id"))
        first_there = {aggregate: list(dict.fromkeys(events)) for aggregate, events in in_kafka.items()}
        assert first_there == stored, "Kafka missed an event, or has some in another order"
        assert read_topic(broker.client, f"{TOPIC}.dlq") == []
    yard.manage("verify_events")


def _check_stays(session: "psycopg.Connection[Any]", known: Known, sent: set[str]) -> None:
    found = session.execute("SELECT id::text, vehicle_number, exit_time IS NULL FROM parking_parkingentry").fetchall()
    assert len(found) == len(known.entered) + len(sent), "a vehicle was let in twice"
    assert {plate: stay for stay, plate, _ in found if plate not in sent} == known.entered
    assert {plate for _, plate, open_ in found if not open_} == known.left
    assert {plate for _, plate, _ in found} == known.entered.keys() | sent
    occupied = session.execute("SELECT sum(occupied)::int FROM parking_occupancy").fetchone()
    assert occupied == (len(found) - len(known.left),)


def _check_events(session: "psycopg.Connection[Any]", known: Known, sent: set[str]) -> None:
    counted = Counter(
        dict(
            session.execute(
                "SELECT type || ' ' || (count > 1), count(*) FROM (SELECT type, aggregate_id, count(*) AS count"
                " FROM core_event WHERE type IN ('VehicleEntered', 'VehicleExited', 'OverstayDetected', 'PaymentTaken')"
                " GROUP BY 1, 2) AS each GROUP BY 1"
            ).fetchall()
        )
    )
    entered, left = len(known.entered), len(known.left)
    assert counted == {
        "VehicleEntered false": entered + len(sent),
        "VehicleExited false": left,
        "PaymentTaken false": left,
        "OverstayDetected false": entered - left,
    }


def _check_money(session: "psycopg.Connection[Any]", known: Known) -> None:
    receipts = [row[0] for row in session.execute("SELECT receipt_number FROM billing_payment").fetchall()]
    assert sorted(receipts) == sorted(known.receipts)
    numbers = sorted(int(number.rsplit("-", 1)[-1]) for number in receipts)
    assert numbers == list(range(1, len(numbers) + 1)), "receipts have a gap"


def _check_effects(session: "psycopg.Connection[Any]") -> dict[str, list[str]]:
    """Each stay's events happened once, in their order; gives their ids by aggregate."""
    stored, happened = defaultdict(list), defaultdict(list)
    for aggregate, version, event in session.execute(
        "SELECT aggregate_id::text, aggregate_version, id::text FROM core_event"
        " WHERE aggregate_type = 'parking_entry' ORDER BY 1, 2"
    ).fetchall():
        stored[aggregate].append(event)
        assert version == len(stored[aggregate]), f"{aggregate} has a gap before version {version}"
    for aggregate, event in session.execute(
        "SELECT aggregate_id::text, event_id::text FROM core_effect ORDER BY id"
    ).fetchall():
        happened[aggregate].append(event)
    assert happened == stored, "an effect is missing, doubled or out of order"
    return dict(stored)
