"""The demo's history: what the bulk path writes is what the gate's commands would have written."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import override_settings

from apps.auth.public import demo_staff
from apps.billing.ledger.checks import find_disagreements
from apps.billing.models import CustomerPayment, Payment, RateStructure, ReceiptSequence, StayFee
from apps.billing.public import TakePayment, quote_stay
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM, Actor
from apps.core.events.publish import NotInTransaction
from apps.core.events.sealing import verify_events
from apps.core.models import Event
from apps.core.money import minor_to_decimal
from apps.core.shared.deadlines import list_due
from apps.core.shared.models import Deadline, EventOutbox
from apps.core.tenancy import TenantRef
from apps.parking.commands import ExitDetails, mark_overstays, record_vehicle_entry, record_vehicle_exit
from apps.parking.commands.overstays import mark_overstays_of_tenant
from apps.parking.models import Gate, Location, Occupancy, ParkingEntry
from apps.parking.queries.overstays import find_stay_facts
from apps.parking.simulation.demo import CAMERA_ACTOR, make_rates, open_site
from apps.parking.simulation.demo_sites import DEMO_TENANTS
from apps.parking.simulation.gate_reports import report_entry, report_exit
from apps.parking.simulation.history import write_history
from apps.parking.simulation.history_rows import Place
from apps.parking.simulation.moves import CAMERA, OPERATOR, Arrival, Departure, Move, OverstayTick
from apps.parking.simulation.simulate import simulate
from apps.parking.simulation.site_plans import DemoTenant

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2025, 12, 29, tzinfo=UTC)
DAYS = timedelta(days=4, hours=11)  # over the turn of a year, as the receipts count
Write = Callable[[Sequence[Move], dict[str, Place], dict[str, Actor]], None]


def small(plan: DemoTenant) -> DemoTenant:
    """The same tenant with a third of the traffic, of which much overstays."""
    replace = msgspec.structs.replace
    sites = [
        replace(site, arrivals_a_day=site.arrivals_a_day / 3, allowed_stay_minutes=site.allowed_stay_minutes // 8)
        for site in plan.sites
    ]
    return replace(plan, sites=tuple(sites))


@pytest.mark.usefixtures("as_owner")
@pytest.mark.parametrize("plan", [small(plan) for plan in DEMO_TENANTS], ids=lambda plan: plan.slug)
def test_the_bulk_path_leaves_what_the_commands_leave(plan: DemoTenant) -> None:
    tenant = tenancy.directory().by_slug(plan.slug)
    assert tenant is not None
    staff = demo_staff(tenant=tenant)
    recorders = {OPERATOR: staff["operator"], CAMERA: CAMERA_ACTOR}
    moves = list(simulate(plan, start=START, end=START + DAYS, seed=7))

    with tenancy.enter(tenant):
        bulk = left_by(in_bulk, plan, moves, recorders)
        commands = left_by(by_commands, plan, moves, recorders)

    for table in commands:
        assert bulk[table] == commands[table], table
    kinds = {type(move) for move in moves}
    assert kinds == {Arrival, Departure, OverstayTick}
    assert len(bulk["entries"]) > 200
    assert {row["status"] for row in bulk["entries"]} == {"parked", "overstay", "exited"}
    assert {row["year"] for row in bulk["receipts"]} == {2025, 2026}
    assert {row["paid"] == 0 for row in bulk["fees"]} == {True, False}


class Undone(Exception):
    """Carries what was written out of a transaction that is rolled back."""


def left_by(
    write: Write, plan: DemoTenant, moves: Sequence[Move], recorders: dict[str, Actor]
) -> dict[str, list[dict[str, Any]]]:
    """All that is in the tables after the history was written this way, from the same beginning."""
    try:
        with transaction.atomic():
            places = {site.name: open_site(site, at=START, actor=SYSTEM) for site in plan.sites}
            make_rates(plan, places, at=START, actor=SYSTEM)
            undelivered = EventOutbox.objects.count()
            write(moves, places, recorders)
            if write is in_bulk:
                assert EventOutbox.objects.count() == undelivered
            raise Undone(state())
    except Undone as seen:
        found: dict[str, list[dict[str, Any]]] = seen.args[0]
        return found


def in_bulk(moves: Sequence[Move], places: dict[str, Place], recorders: dict[str, Actor]) -> None:
    write_history(moves, places=places, staff=recorders)


def by_commands(moves: Sequence[Move], places: dict[str, Place], recorders: dict[str, Actor]) -> None:
    for move in moves:
        match move:
            case Arrival(at, stay):
                report = report_entry(stay, places[stay.site])
                record_vehicle_entry(entry=report, at=at, actor=recorders[stay.recorded_by])
            case Departure(at, stay):
                entry = ParkingEntry.objects.get(event_id=stay.event_id)
                facts = find_stay_facts(entry.id)
                assert facts is not None
                fee = quote_stay(stay=facts, at=at).fee
                due = minor_to_decimal(fee.total, fee.currency) if fee else None
                gone = report_exit(stay, places[stay.site], due=due)
                record_vehicle_exit(exit=gone, at=at, actor=recorders[stay.exit_recorded_by])
            case OverstayTick(at, stays):
                due_now = list_due(kind="overstay", at=at, limit=500)[tenancy.current().id]
                assert len(due_now) == len(stays)
                mark_overstays_of_tenant(entry_ids=due_now, at=at)


def state() -> dict[str, list[dict[str, Any]]]:
    """Every row that a history writes, ids replaced by what they stand for, without what is made anew each time."""
    names = meanings()
    tables: dict[str, Any] = {
        "entries": (ParkingEntry.objects.order_by("event_id"), {"recorded_at"}),
        "fees": (StayFee.objects.order_by("charged_at", "total", "stay_id"), set()),
        "payments": (Payment.objects.order_by("receipt_number"), set()),
        "receipts": (ReceiptSequence.objects.order_by("year"), set()),
        "occupancy": (Occupancy.objects.order_by("location__name"), set()),
        "deadlines": (Deadline.objects.order_by("due_at"), set()),
        "events": (Event.objects.order_by("position"), {"position", "tx_id", "id"}),
    }
    found = {
        name: [named({key: value for key, value in row.items() if key not in dropped}, names) for row in rows.values()]
        for name, (rows, dropped) in tables.items()
    }
    for name in ("fees", "deadlines"):
        found[name].sort(key=repr)
    found["events"] = one_ticks_events_in_order(found["events"])
    return found


def meanings() -> dict[UUID, str]:
    """What each id stands for, in words that are the same each time."""
    names: dict[UUID, str] = {place.id: place.name for place in Location.objects.all()}
    names |= {gate.id: f"{gate.location.name}: {gate.name}" for gate in Gate.objects.select_related("location")}
    names |= {stay.id: f"stay {stay.event_id}" for stay in ParkingEntry.objects.all()}
    names |= {paid.id: f"payment {paid.receipt_number}" for paid in Payment.objects.all()}
    for rate in RateStructure.objects.all():
        where = names[rate.location_id] if rate.location_id else "anywhere"
        names[rate.rate_id] = f"rate {rate.vehicle_type} {where}"
    return names


def named(value: Any, names: Mapping[UUID, str]) -> Any:
    match value:
        case dict():
            return {key: named(part, names) for key, part in value.items() if key not in ("correlationId", "salt")}
        case list():
            return [named(part, names) for part in value]
        case UUID():
            return names.get(value, value)
        case str() if len(value) == 36 and value.count("-") == 4:
            return names.get(UUID(value), value)
    return value


def one_ticks_events_in_order(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What one tick tells of has no order among itself; all else keeps its own."""
    ordered: list[dict[str, Any]] = []
    of_a_tick: list[dict[str, Any]] = []
    for event in [*events, {"type": None, "occurred_at": None}]:
        if of_a_tick and (event["type"], event["occurred_at"]) != ("OverstayDetected", of_a_tick[0]["occurred_at"]):
            ordered += sorted(of_a_tick, key=lambda told: str(told["aggregate_id"]))
            of_a_tick = []
        (of_a_tick if event["type"] == "OverstayDetected" else ordered).append(event)
    return ordered[:-1]


@pytest.mark.usefixtures("as_owner")
def test_a_history_is_written_whole_or_not_at_all() -> None:
    acme = tenancy.directory().by_slug("acme")
    assert acme is not None
    plan = small(DEMO_TENANTS[0])
    moves = list(simulate(plan, start=START, end=START + timedelta(days=1), seed=7))
    with tenancy.enter(acme):
        with pytest.raises(NotInTransaction):
            write_history(moves, places={}, staff={})
        with pytest.raises(KeyError), transaction.atomic():
            write_history(moves, places={}, staff={OPERATOR: SYSTEM, CAMERA: SYSTEM})
        assert not Event.objects.exists()


def seed_demo(*words: str) -> "subprocess.CompletedProcess[str]":
    """The command as it is run: by the role that owns the tables, which the command's name asks for."""
    command = [sys.executable, "manage.py", "seed_demo", *words]
    return subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("own_database")
def test_the_command_fills_the_demo_tenants_once() -> None:
    first = seed_demo("--days", "3", "--if-missing")
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert lines[0].startswith("Acme: 3 locations, ")
    assert lines[1].startswith("Globex: 2 locations, ")
    for slug in ("acme", "globex"):
        tenant = tenancy.directory().by_slug(slug)
        assert tenant is not None
        with tenancy.enter(tenant):
            the_books_agree()
            the_gates_go_on(tenant)

    before = facts_of("acme")
    again = seed_demo("--if-missing")
    assert (again.returncode, again.stdout) == (0, "Acme has its history.\nGlobex has its history.\n")
    refused = seed_demo()
    assert refused.returncode == 1
    assert "Acme has locations already; its history stays as it is." in refused.stderr
    assert facts_of("acme") == before


def facts_of(slug: str) -> tuple[int, ...]:
    tenant = tenancy.directory().by_slug(slug)
    assert tenant is not None
    with tenancy.enter(tenant):
        return tuple(model.objects.count() for model in (Location, ParkingEntry, Event, StayFee, Payment))


def the_books_agree() -> None:
    """Counters, deadlines, receipts, ledger and events say the same as the stays."""
    assert list(find_disagreements()) == []
    for counter in Occupancy.objects.all():
        here = ParkingEntry.objects.filter(location_id=counter.location_id, exit_time=None)
        by_type = {code: here.filter(vehicle_type=code).count() for code in counter.by_type}
        assert counter.occupied == here.count() > 0
        assert counter.overstays == here.filter(status="overstay").count()
        assert counter.by_type == by_type
        assert counter.occupied <= counter.capacity
    assert verify_events().flaw is None
    tenant = tenancy.current()
    due = set(Deadline.objects.filter(tenant_id=tenant.id).values_list("subject_id", flat=True))
    assert due == set(ParkingEntry.objects.filter(status="parked").values_list("id", flat=True))
    exited = ParkingEntry.objects.filter(status="exited")
    fees = StayFee.objects.exclude(ended_at=None)  # a stay that a merchant has validated has an account before its end
    assert set(exited.values_list("id", flat=True)) == set(fees.values_list("stay_id", flat=True))
    assert not fees.filter(total=None).exists()
    receipts = Payment.objects.count() + CustomerPayment.objects.count()
    assert receipts == sum(ReceiptSequence.objects.values_list("last", flat=True))
    told = Event.objects.filter(aggregate_type="parking_entry")
    assert told.count() == sum(ParkingEntry.objects.values_list("version", flat=True))
    assert list(told.order_by("position").values_list("occurred_at", flat=True)) == sorted(
        told.values_list("occurred_at", flat=True)
    )
    assert not EventOutbox.objects.filter(tenant_schema=tenant.schema, aggregate_type="parking_entry").exists()


def the_gates_go_on(tenant: TenantRef) -> None:
    """The commands work on what is there: the next version, the next position, the next receipt, the next tick."""
    last = Event.objects.order_by("-position").values_list("position", flat=True)[0]
    told = StayFee.objects.values("stay_id")  # a validation may leave nothing to be paid
    parked = ParkingEntry.objects.filter(status="parked").exclude(id__in=told).order_by("entry_time").last()
    assert parked is not None
    facts = find_stay_facts(parked.id)
    assert facts is not None
    at = clock.now() + timedelta(hours=1)
    fee = quote_stay(stay=facts, at=at).fee
    assert fee is not None
    payment = TakePayment(method="cash", amount=minor_to_decimal(fee.total, fee.currency))
    recorded = record_vehicle_exit(exit=ExitDetails(entry_id=parked.id, payment=payment), at=at, actor=SYSTEM)
    assert recorded.charge.payment is not None
    sequence = ReceiptSequence.objects.order_by("-year").first()
    assert sequence is not None
    assert recorded.charge.payment.receipt_number == f"{tenant.slug.upper()}-{sequence.year}-{sequence.last:06d}"
    assert set(Event.objects.filter(position__gt=last).values_list("type", flat=True)) == {
        "PaymentTaken",
        "VehicleExited",
    }
    assert EventOutbox.objects.filter(tenant_schema=tenant.schema, type="VehicleExited").count() == 1


@pytest.mark.usefixtures("own_database")
def test_the_overstay_tick_finds_what_the_seed_left() -> None:
    assert seed_demo("--days", "1").returncode == 0
    with tenancy.public():
        waiting = Deadline.objects.count()
    assert waiting > 0
    assert mark_overstays(at=clock.now() + timedelta(days=10)) == waiting


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["0", "-1", "731", "many"])
def test_days_have_bounds(days: str) -> None:
    with pytest.raises(CommandError, match="is no number of days from 1 to 730"):
        call_command("seed_demo", "--days", days)


@pytest.mark.django_db
def test_it_refuses_outside_demo_mode() -> None:
    with override_settings(DEMO_MODE=False), pytest.raises(CommandError, match="set PARKING_DEMO=1"):
        call_command("seed_demo")
