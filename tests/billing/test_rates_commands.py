"""Price lists over time: which version is in force when, and what a change leaves as it was."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.billing.applicable_rates import find_applicable_rate
from apps.billing.commands.rate_versions import RateChangedMeanwhile, RateNotFound, RateRetired, RatesOverlap
from apps.billing.commands.rates import RateChanges, retire_rates, update_parking_rates
from apps.billing.models import RateStatus, RateStructure
from apps.billing.queries import list_rates
from apps.billing.tariff import InvalidPlan
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.core.models import Event
from tests.billing.conftest import CASHIER, ENTRY, OTHER_YARD, YARD, Yard, charge, ledger, make_rate

pytestmark = pytest.mark.usefixtures("in_acme", "yard")
DAY = timedelta(days=1)
START = ENTRY - 30 * DAY


def change(rate: RateStructure, at: datetime = ENTRY, **changes: Any) -> RateStructure:
    return update_parking_rates(
        rate_id=rate.rate_id, expected_version=rate.version, changes=RateChanges(**changes), actor=CASHIER, at=at
    )


def retire(rate: RateStructure, at: datetime = ENTRY) -> RateStructure:
    return retire_rates(rate_id=rate.rate_id, expected_version=rate.version, actor=CASHIER, at=at)


def hourly_at(at: datetime) -> int | None:
    """The hourly price of a car that enters then."""
    found = find_applicable_rate(vehicle_type="car", location_id=YARD, at=at)
    return found.plan.hourly if found else None


def test_a_change_of_price_holds_from_now_and_not_before() -> None:
    rate = make_rate(hourly=2_000, daily=9_000)
    newer = change(rate, hourly=2_500)
    assert (newer.version, newer.hourly, newer.daily, newer.effective_at) == (2, 2_500, 9_000, ENTRY)
    assert [hourly_at(at) for at in (START - DAY, START, ENTRY - DAY, ENTRY, ENTRY + DAY)] == [
        None,
        2_000,
        2_000,
        2_500,
        2_500,
    ]
    rate.refresh_from_db()
    assert (rate.status, rate.expiry_at) == (RateStatus.RETIRED, ENTRY)


def test_a_vehicle_that_entered_before_the_change_pays_what_it_was_promised(yard: Yard) -> None:
    rate = make_rate(hourly=2_000)
    change(rate, at=ENTRY + timedelta(minutes=30), hourly=9_900)
    charged = charge(yard.stay(hours=1)).fee
    assert charged is not None
    assert (charged.total_amount, charged.breakdown.rate_version) == (20, 1)


def test_a_change_to_come_leaves_the_present_in_force() -> None:
    rate = make_rate(hourly=2_000)
    planned = change(rate, hourly=2_500, effective_at=ENTRY + 7 * DAY)
    rate.refresh_from_db()
    assert (rate.status, rate.expiry_at) == (RateStatus.ACTIVE, ENTRY + 7 * DAY)
    assert [hourly_at(ENTRY + days * DAY) for days in (0, 6, 7, 8)] == [2_000, 2_000, 2_500, 2_500]
    assert set(list_rates(at=ENTRY)) == {rate, planned}
    assert set(list_rates(at=ENTRY + 7 * DAY)) == {planned}
    assert rate.status_at(ENTRY + 7 * DAY) == RateStatus.RETIRED


def test_a_planned_change_can_be_changed_or_preceded() -> None:
    rate = make_rate(hourly=2_000)
    planned = change(rate, hourly=2_500, effective_at=ENTRY + 7 * DAY)
    corrected = change(planned, hourly=2_600)
    assert corrected.effective_at == ENTRY + 7 * DAY
    earlier = change(corrected, hourly=2_100, effective_at=ENTRY + 2 * DAY)
    assert [hourly_at(ENTRY + days * DAY) for days in (0, 2, 7)] == [2_000, 2_100, 2_100]
    change(earlier, hourly=2_200, effective_at=ENTRY + 4 * DAY)
    assert [hourly_at(ENTRY + days * DAY) for days in (0, 2, 4)] == [2_000, 2_100, 2_200]


def test_retiring_ends_it_with_all_that_was_planned() -> None:
    rate = make_rate(hourly=2_000)
    planned = change(rate, hourly=2_500, effective_at=ENTRY + 7 * DAY)
    assert retire(planned).status == RateStatus.RETIRED
    assert [hourly_at(ENTRY + days * DAY) for days in (-1, 0, 8)] == [2_000, None, None]
    assert not list_rates(at=ENTRY).exists()
    assert list_rates(at=ENTRY, status=RateStatus.RETIRED).count() == 2
    make_rate(at=ENTRY, hourly=3_000)
    assert hourly_at(ENTRY) == 3_000


def test_a_draft_prices_nothing_until_it_is_activated() -> None:
    draft = make_rate(draft=True, hourly=2_000)
    make_rate(hourly=1_000, expiry_at=ENTRY)
    better = change(draft, hourly=2_400)
    assert (better.status, hourly_at(ENTRY)) == (RateStatus.DRAFT, None)
    active = change(better, activate=True, effective_at=ENTRY)
    assert (active.status, active.version, hourly_at(ENTRY), hourly_at(ENTRY - DAY)) == ("active", 3, 2_400, 1_000)


def test_a_discarded_draft_never_was_in_force() -> None:
    retire(make_rate(draft=True))
    assert hourly_at(ENTRY - DAY) is None
    make_rate(hourly=2_000)
    assert hourly_at(ENTRY - DAY) == 2_000


def test_two_rates_never_hold_at_once(yard: Yard) -> None:
    first = make_rate(expiry_at=ENTRY + DAY)
    before = ledger()
    with pytest.raises(RatesOverlap) as refused:
        make_rate(effective_at=ENTRY)
    assert refused.value.facts == {"conflictingRateId": str(first.rate_id)}
    assert ledger() == before
    make_rate(effective_at=ENTRY + DAY)
    make_rate(location_id=YARD)
    make_rate(vehicle_type="truck")
    with pytest.raises(RatesOverlap):
        change(first, expiry_at=ENTRY + 2 * DAY)


def test_the_database_itself_keeps_rates_apart() -> None:
    first = make_rate()
    copy = RateStructure.objects.get(pk=first.pk)
    copy.id, copy.rate_id, copy.effective_at = new_id(), new_id(), ENTRY
    with pytest.raises(IntegrityError, match="rates_never_overlap"), transaction.atomic():
        copy.save(force_insert=True)


@pytest.mark.parametrize(
    "change_to",
    [
        "hourly = NULL",
        "hourly = -1",
        "tax_rate = 101",
        "overstay_multiplier = 0.5",
        "expiry_at = effective_at - interval '1s'",
    ],
)
def test_the_database_itself_refuses_what_cannot_be_meant(change_to: str) -> None:
    make_rate()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE billing_ratestructure SET {change_to}")


def test_what_someone_else_changed_meanwhile_is_not_overwritten() -> None:
    rate = make_rate()
    change(rate, hourly=2_500)
    before = ledger()
    for act in (change, retire):
        with pytest.raises(RateChangedMeanwhile):
            act(rate)
    assert ledger() == before


def test_what_has_ended_is_not_changed() -> None:
    retired, expired = retire(make_rate()), make_rate(vehicle_type="truck", expiry_at=ENTRY)
    before = ledger()
    for rate in (retired, expired):
        for act in (change, retire):
            with pytest.raises(RateRetired):
                act(rate)
    assert ledger() == before


def test_a_rate_that_is_not_there_is_not_found() -> None:
    ghost = RateStructure(rate_id=new_id(), version=1)
    for act in (change, retire):
        with pytest.raises(RateNotFound):
            act(ghost)


def test_prices_do_not_change_in_the_past() -> None:
    rate = make_rate()
    before = ledger()
    with pytest.raises(Invalid) as refused:
        change(rate, effective_at=ENTRY - DAY)
    assert refused.value.errors[0].code == "in_the_past"
    with pytest.raises(Invalid):
        change(rate, expiry_at=ENTRY)
    with pytest.raises(InvalidPlan):
        change(rate, hourly=None)
    assert ledger() == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"currency": "EUR"}, "currency"),
        ({"vehicle_type": "zeppelin"}, "vehicleType"),
        ({"location_id": new_id()}, "locationId"),
        ({"expiry_at": START}, "expiryDate"),
    ],
)
def test_a_rate_for_what_is_not_here_is_refused(given: dict[str, Any], field: str) -> None:
    before = ledger()
    with pytest.raises(Invalid) as refused:
        make_rate(**given)
    assert [error.field for error in refused.value.errors] == [field]
    assert ledger() == before


def test_every_change_is_told_of() -> None:
    rate = make_rate(location_id=OTHER_YARD)
    retire(change(rate, hourly=2_500))
    events = Event.objects.filter(aggregate_id=rate.rate_id).order_by("aggregate_version")
    told = [(event.type, event.data["rateVersion"], event.data["status"]) for event in events]
    assert told == [("RatesChanged", 1, "active"), ("RatesChanged", 2, "active"), ("RatesChanged", 2, "retired")]
    assert events[0].data["locationId"] == str(OTHER_YARD)
    assert events[0].metadata["actorName"] == "Asha"
