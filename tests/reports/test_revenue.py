"""The revenue report, held against the fees and payments themselves."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from apps.billing.commands.payments import take_payment
from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.models import Payment, Refund, RefundKind, StayFee
from apps.billing.public import TakePayment
from apps.core import tenancy
from apps.core.actor import SYSTEM
from apps.core.models import LiveProjection
from apps.parking.admission import EntryDetails
from apps.parking.commands import ExitDetails, record_vehicle_entry, record_vehicle_exit
from apps.parking.models import Location, ParkingEntry
from apps.reports.models import FeeSum, PaymentSum
from apps.reports.periods import GroupBy
from apps.reports.queries import get_revenue_report
from tests.reports.conftest import hear
from tests.reports.town import START, Town

LOCAL_START = {
    "hour": lambda at: at.replace(minute=0, second=0, microsecond=0),
    "day": lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0),
    "week": lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=at.weekday()),
    "month": lambda at: at.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
}


def from_the_books(*, group_by, timezone, location_id=None):
    """What `reported` has, by local period, from the tables that the commands write."""
    sums = defaultdict(lambda: [0, 0, 0, 0, 0, 0])
    ends = dict(ParkingEntry.objects.exclude(exit_time=None).values_list("id", "exit_time"))

    def row(instant):
        return sums[LOCAL_START[group_by](instant.astimezone(ZoneInfo(timezone)))]

    def is_meant(stay):
        return location_id in (None, stay.location_id)

    for fee in filter(is_meant, StayFee.objects.all()):
        found = row(ends[fee.stay_id])
        found[0] += fee.total or 0
        found[2] += 1
        found[3] += fee.total is None
    for payment in Payment.objects.select_related("stay"):
        row(payment.taken_at)[1] += payment.amount * is_meant(payment.stay)
    for given in Refund.objects.select_related("payment__stay"):
        found, amount = row(given.given_at), given.amount * is_meant(given.payment.stay)
        match given.kind:
            case RefundKind.REFUND:
                found[4] += amount
            case RefundKind.VOID:
                found[1] -= amount
                found[5] += amount
    return {start.astimezone(UTC): tuple(found) for start, found in sums.items() if any(found)}


def reported(report):
    """Fees, payments, stays, unpriced stays, refunds and voids of each row that has any; money in minor units."""
    rows = {
        row.period_start: (
            int(row.fees * 100), int(row.payments * 100), row.stays, row.unpriced_stays,
            int(row.refunds * 100), int(row.voids * 100),
        )
        for row in report.rows
    }  # fmt: skip
    return {start: found for start, found in rows.items() if any(found)}


@pytest.mark.parametrize("group_by", get_args(GroupBy))
def test_it_is_what_the_books_say_by_the_tenants_clock(town, group_by):
    begin = datetime(2026, 2, 22, 18, 30, tzinfo=UTC)  # a Monday in Kolkata
    report = get_revenue_report(begin=begin, end=town.at + timedelta(minutes=1), group_by=group_by)
    expected = from_the_books(group_by=group_by, timezone="Asia/Kolkata")
    if group_by == "month":  # February's part begins where the report does, March is whole
        expected = {max(start, begin): found for start, found in expected.items()}
    assert (report.timezone, report.group_by) == ("Asia/Kolkata", group_by)
    assert reported(report) == expected
    assert sum(found[2] for found in expected.values()) > 30
    assert all(sum(found[given] for found in expected.values()) > 0 for given in (4, 5))


@pytest.mark.parametrize("group_by", ["hour", "day"])
def test_of_one_location_it_goes_by_that_ones_clock(town, group_by):
    for location in Location.objects.all():
        begin = datetime(2026, 3, 1, tzinfo=ZoneInfo(location.timezone))
        report = get_revenue_report(
            begin=begin, end=begin + timedelta(days=7), group_by=group_by, location_id=location.id
        )
        assert (report.timezone, report.location_id) == (location.timezone, location.id)
        expected = from_the_books(group_by=group_by, timezone=location.timezone, location_id=location.id)
        assert reported(report) == expected
        assert len(expected) > 1


def test_the_totals_are_the_sums_and_name_the_methods(town):
    report = get_revenue_report(begin=START, end=town.at + timedelta(days=1), group_by="day")
    (total,) = report.totals
    for name in ("fees", "payments", "stays", "unpriced_stays", "refunds", "voids"):
        assert getattr(total, name) == sum(getattr(row, name) for row in report.rows)
    assert total.fees == Decimal(sum(fee.total or 0 for fee in StayFee.objects.all())) / 100
    assert 0 < total.payments <= total.fees
    voids = Refund.objects.filter(kind=RefundKind.VOID)
    assert total.payments == Decimal(sum(fee.paid for fee in StayFee.objects.all())) / 100
    assert total.voids == Decimal(sum(void.amount for void in voids)) / 100 > 0
    assert total.unpriced_stays == StayFee.objects.filter(total=None).count() > 0
    (cash,) = total.by_method
    assert (cash.method, cash.payments, cash.count) == (
        "cash", total.payments, Payment.objects.count() - voids.count()
    )  # fmt: skip
    assert (cash.refunds, cash.voids) == (total.refunds, total.voids)
    assert total.refunds > 0


def test_parts_add_up_to_the_whole(town):
    middle, end = START + timedelta(days=1), town.at + timedelta(days=1)
    whole = get_revenue_report(begin=START, end=end, group_by="day").totals[0]
    halves = [
        get_revenue_report(begin=START, end=middle - timedelta(minutes=5), group_by="day").totals[0],
        get_revenue_report(begin=middle - timedelta(minutes=5), end=end, group_by="day").totals[0],
    ]
    assert START.minute % 15 == 5  # so the middle lies on a quarter-hour
    assert (whole.fees, whole.stays) == (sum(half.fees for half in halves), sum(half.stays for half in halves))


def test_it_counts_whole_quarter_hours_and_says_which(town):
    begin, end = datetime(2026, 3, 1, 10, 7, tzinfo=UTC), datetime(2026, 3, 1, 11, 1, 0, 1, tzinfo=UTC)
    report = get_revenue_report(begin=begin, end=end, group_by="day")
    assert (report.begin, report.to) == (begin.replace(minute=0), end.replace(minute=15, microsecond=0))
    assert [(row.period_start, row.period_end) for row in report.rows] == [(report.begin, report.to)]


def test_without_anything_there_are_zeros_in_the_tenants_currency(in_acme, globex):
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    for tenant, currency in ((in_acme, "INR"), (globex, "EUR")):
        with tenancy.enter(tenant):
            report = get_revenue_report(begin=begin, end=begin + timedelta(days=2), group_by="day")
            assert len(report.rows) == 3  # UTC days touch three local ones
            assert {(row.currency, row.fees, row.payments, row.stays) for row in report.rows} == {(currency, 0, 0, 0)}
            assert [(total.currency, total.fees, total.by_method) for total in report.totals] == [(currency, 0, [])]


def test_currencies_are_never_added_up(in_acme):
    LiveProjection.objects.create(name="revenue")
    at, place = datetime(2026, 3, 1, tzinfo=UTC), Location().id
    for currency, minor in (("JPY", 500), ("KWD", 1_234)):
        FeeSum.objects.create(
            generation=0, quarter_hour=at, location_id=place, vehicle_type="car", currency=currency, charged=minor,
            priced_stays=1,
        )  # fmt: skip
    PaymentSum.objects.create(
        generation=0, quarter_hour=at, currency="JPY", method="card", taken=500, payments=1
    )  # as version 1 told of it: no location, no type
    report = get_revenue_report(begin=at, end=at + timedelta(hours=1), group_by="hour")
    assert [(total.currency, str(total.fees), str(total.payments)) for total in report.totals] == [
        ("JPY", "500", "500"),
        ("KWD", "1.234", "0.000"),
    ]


def test_only_the_live_generation_is_read(town):
    span = {"begin": START, "end": town.at + timedelta(days=1), "group_by": "day"}
    before = get_revenue_report(**span)
    for row in FeeSum.objects.all():
        FeeSum.objects.create(
            generation=1, quarter_hour=row.quarter_hour, location_id=row.location_id, vehicle_type=row.vehicle_type,
            currency=row.currency, charged=row.charged + 1,
        )  # fmt: skip
    assert get_revenue_report(**span) == before
    LiveProjection.objects.filter(name="revenue").update(generation=1)
    assert get_revenue_report(**span).totals[0].fees > before.totals[0].fees


def test_a_void_is_taken_off_when_it_happened_and_a_refund_stands_apart(in_acme):
    town = Town(1)
    midnight, taken = datetime(2026, 3, 1, 18, 30, tzinfo=UTC), datetime(2026, 3, 2, 5, 30, tzinfo=UTC)  # in Kolkata
    car, bus = (pay_on_leaving(kind, yard=town.yards[0], at=taken) for kind in ("car", "bus"))
    void_payment(payment_id=car.id, reason="wrong stay", actor=SYSTEM, at=taken + timedelta(hours=3))
    refund_payment(payment_id=bus.id, amount=Decimal(20), reason="rain", actor=SYSTEM, at=taken + timedelta(days=1))
    hear()

    span = {"begin": midnight, "end": midnight + timedelta(days=2)}
    fees = car.amount + bus.amount
    assert reported(get_revenue_report(**span, group_by="hour")) == {
        taken: (fees, fees, 2, 0, 0, 0),
        taken + timedelta(hours=3): (0, -car.amount, 0, 0, 0, car.amount),
        taken + timedelta(days=1): (0, 0, 0, 0, 2_000, 0),
    }
    assert reported(get_revenue_report(**span, group_by="day")) == {
        midnight: (fees, bus.amount, 2, 0, 0, car.amount),
        midnight + timedelta(days=1): (0, 0, 0, 0, 2_000, 0),
    }


def pay_on_leaving(kind, *, yard, at):
    """A vehicle that came with the town's first prices leaves and pays."""
    details = EntryDetails(vehicle_number=f"DL 3 {kind}", vehicle_type=kind, location_id=yard, entry_time=START)
    entered = record_vehicle_entry(entry=details, at=START, actor=SYSTEM)
    entry_id = entered.stay.id
    record_vehicle_exit(exit=ExitDetails(entry_id=entry_id), at=at, actor=SYSTEM)
    fee = StayFee.objects.get(stay_id=entry_id)
    payment = TakePayment(method="cash", amount=Decimal(fee.total) / 100)
    take_payment(stay_id=entry_id, payment=payment, actor=SYSTEM, at=at)
    return Payment.objects.get(stay_id=entry_id)
