"""The till at the exit: the rate that governs, the recorded fee, the payment with it, and every refusal."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from apps.billing.commands.counting import FeeUnknown, MethodNotOffered, Overpaid, PaymentRequired, Underpaid
from apps.billing.models import Payment, RateStructure, StayFee
from apps.billing.public import AlreadyCharged, TakePayment, charge_stay, find_charge, list_fees, quote_stay
from apps.billing.tariff import InvalidStay
from apps.core import tenancy
from apps.core.errors import Conflict, Invalid
from apps.core.events.publish import NotInTransaction
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, OTHER_YARD, YARD, Yard, charge, ledger, make_rate

pytestmark = pytest.mark.usefixtures("in_acme")


def test_a_stay_is_priced_and_its_fee_recorded(yard: Yard) -> None:
    rate = make_rate(daily=10_000, tax_rate=Decimal(18))
    stay = yard.stay(hours=2.5)
    charged = charge(stay)
    assert charged.fee is not None
    assert (charged.fee.base_amount, charged.fee.tax_amount, charged.fee.total_amount) == tuple(
        map(Decimal, ("60.00", "10.80", "70.80"))
    )
    stored = StayFee.objects.get()
    assert (stored.stay_id, stored.total, stored.paid, stored.rate_id, stored.rate_version) == (
        stay.stay_id, 7_080, 0, rate.rate_id, 1,
    )  # fmt: skip
    assert [line["code"] for line in stored.lines] == ["hourly", "tax"]
    assert not Payment.objects.exists()


def test_what_is_recorded_reads_back_as_it_was_charged(yard: Yard) -> None:
    make_rate(tax_rate=Decimal("8.875"), tax_inclusive=True)
    paid, free = yard.stay(hours=3), yard.stay(hours=0)
    assert find_charge(stay_id=paid.stay_id).unpriced_reason == "not_charged"
    for stay, cash in ((paid, "60"), (free, None)):
        assert charge(stay, cash) == find_charge(stay_id=stay.stay_id)
    assert set(list_fees(stay_ids=[paid.stay_id, free.stay_id])) == {paid.stay_id, free.stay_id}


def test_a_payment_gets_a_receipt_and_an_event(yard: Yard, in_acme: TenantRef) -> None:
    make_rate()
    stay = yard.stay(hours=1)
    payment = charge(stay, "20").payment
    assert payment is not None
    assert (payment.receipt_number, payment.amount, payment.taken_by_name) == (
        "ACME-2026-000001",
        Decimal("20.00"),
        "Asha",
    )
    stored = Payment.objects.get()
    assert (stored.id, stored.amount, stored.stay.paid) == (payment.id, 2_000, 2_000)
    event = Event.objects.get(type="PaymentTaken")
    assert (event.aggregate_id, event.aggregate_version) == (payment.id, 1)
    assert event.data == {
        "paymentId": str(payment.id),
        "tenantId": str(in_acme.id),
        "entryId": str(stay.stay_id),
        "locationId": str(stay.location_id),
        "vehicleType": "car",
        "amount": 20.0,
        "currency": "INR",
        "method": "cash",
        "receiptNumber": "ACME-2026-000001",
        "takenAt": "2026-03-02T07:30:00Z",
    }


def test_receipts_are_numbered_by_the_year_of_the_tenant_s_own_calendar(yard: Yard) -> None:
    make_rate()
    numbers = []
    for at in (datetime(2026, 12, 31, 18, 29, tzinfo=UTC), datetime(2026, 12, 31, 18, 30, tzinfo=UTC), ENTRY):
        payment = charge(yard.stay(), "20", at=at).payment
        assert payment is not None
        numbers.append(payment.receipt_number)
    assert numbers == ["ACME-2026-000001", "ACME-2027-000001", "ACME-2026-000002"]


def test_a_number_that_is_rolled_back_is_given_out_again(yard: Yard) -> None:
    make_rate()
    charge(yard.stay(), "20")
    with transaction.atomic():
        charge(yard.stay(), "20")
        transaction.set_rollback(True)
    payment = charge(yard.stay(), "20").payment
    assert payment is not None
    assert payment.receipt_number == "ACME-2026-000002"


def test_numbers_above_six_digits_are_not_cut(yard: Yard) -> None:
    make_rate()
    charge(yard.stay(), "20")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_receiptsequence SET last = 1234566")
    payment = charge(yard.stay(), "20").payment
    assert payment is not None
    assert payment.receipt_number == "ACME-2026-1234567"


def test_each_tenant_counts_its_own_receipts(yard: Yard, acme: TenantRef, globex: TenantRef) -> None:
    make_rate()
    charge(yard.stay(), "20")
    with tenancy.enter(globex):
        assert not StayFee.objects.exists()
        make_rate(currency="EUR")
        payment = charge(yard.stay(), "20").payment
        assert payment is not None
        assert (payment.receipt_number, payment.currency) == ("GLOBEX-2026-000001", "EUR")


def test_a_rate_of_the_location_goes_before_one_for_all(yard: Yard) -> None:
    make_rate(hourly=2_000)
    make_rate(hourly=5_000, location_id=YARD)
    assert StayFee.objects.count() == 0
    charge(yard.stay())
    charge(yard.stay(location_id=OTHER_YARD))
    assert sorted(StayFee.objects.values_list("total", flat=True)) == [2_000, 5_000]


def test_the_rate_in_force_at_entry_governs(yard: Yard) -> None:
    make_rate(hourly=2_000, expiry_at=ENTRY)
    make_rate(hourly=5_000, effective_at=ENTRY)
    before = ENTRY - timedelta(microseconds=1)
    late = charge(yard.stay(entry_at=before, exit_at=ENTRY + timedelta(minutes=30)))
    exact = charge(yard.stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(minutes=30)))
    assert late.fee is not None
    assert exact.fee is not None
    assert (late.fee.total_amount, exact.fee.total_amount) == (Decimal("20.00"), Decimal("50.00"))


def test_a_stay_without_a_rate_still_leaves(yard: Yard) -> None:
    make_rate(draft=True)
    make_rate(vehicle_type="truck", location_id=OTHER_YARD)
    for stay in (yard.stay(payment_required=True), yard.stay(vehicle_type="truck"), yard.stay(vehicle_type="unicycle")):
        charged = charge(stay)
        assert (charged.fee, charged.unpriced_reason, charged.payment) == (None, "no_applicable_rate", None)
        assert find_charge(stay_id=stay.stay_id) == charged
    stored = StayFee.objects.first()
    assert stored is not None
    assert (stored.total, stored.duration_minutes, stored.currency) == (None, 60, "INR")


def test_overstay_is_charged_from_the_promised_end(yard: Yard) -> None:
    make_rate(overstay_multiplier=Decimal(2), grace_minutes=10)
    charged = charge(yard.stay(hours=3, allowed_until=ENTRY + timedelta(hours=1)))
    assert charged.fee is not None
    assert (charged.fee.base_amount, charged.fee.overstay_penalty) == (Decimal("60.00"), Decimal("40.00"))


@pytest.mark.parametrize("paid", ["0", None])
def test_where_nothing_is_due_nothing_is_taken(yard: Yard, paid: str | None) -> None:
    make_rate(grace_minutes=90)
    charged = charge(yard.stay(payment_required=True), paid)
    assert charged.fee is not None
    assert (charged.fee.total_amount, charged.payment) == (Decimal("0.00"), None)
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("paid", "refusal"),
    [("19.99", Underpaid), ("0", Underpaid), ("20.01", Overpaid), (None, PaymentRequired)],
)
def test_an_amount_that_is_not_the_fee_is_refused_and_the_fee_named(
    yard: Yard, paid: str | None, refusal: type[Conflict]
) -> None:
    make_rate()
    before = ledger()
    with pytest.raises(refusal) as refused:
        charge(yard.stay(payment_required=True), paid)
    assert refused.value.facts == {"expectedAmount": Decimal("20.00"), "currency": "INR"}
    assert ledger() == before


@pytest.mark.parametrize(
    ("payment", "refusal"),
    [
        (TakePayment(method="online", amount=Decimal(20)), MethodNotOffered),
        (TakePayment(method="cash", amount=Decimal("20.001")), Invalid),
        (TakePayment(method="cash", amount=Decimal("NaN")), Invalid),
        (TakePayment(method="cash", amount=Decimal(-20)), Invalid),
        (TakePayment(method="cash", amount=Decimal(20), currency="EUR"), Invalid),
    ],
)
def test_what_is_no_payment_here_is_refused(yard: Yard, payment: TakePayment, refusal: type[Exception]) -> None:
    make_rate()
    stay, before = yard.stay(), ledger()
    with pytest.raises(refusal), transaction.atomic():
        charge_stay(stay=stay, payment=payment, actor=CASHIER, at=ENTRY)
    assert ledger() == before


def test_money_for_a_stay_without_a_price_is_refused(yard: Yard) -> None:
    before = ledger()
    with pytest.raises(FeeUnknown):
        charge(yard.stay(), "20")
    assert ledger() == before


def test_a_stay_is_charged_once(yard: Yard) -> None:
    make_rate()
    stay = yard.stay()
    charge(stay, "20")
    before = ledger()
    for paid in ("20", None):
        with pytest.raises(AlreadyCharged):
            charge(stay, paid)
    assert ledger() == before


def test_outside_a_transaction_it_refuses(yard: Yard) -> None:
    make_rate()
    with pytest.raises(NotInTransaction):
        charge_stay(stay=yard.stay(), payment=None, actor=CASHIER, at=ENTRY)
    with pytest.raises(ValueError, match="ended"):
        charge(yard.stay(hours=None))
    with pytest.raises(InvalidStay):
        charge(yard.stay(hours=-1))
    assert not StayFee.objects.exists()


def test_a_quote_is_what_the_exit_then_charges_and_writes_nothing(yard: Yard) -> None:
    make_rate(daily=10_000, overstay_multiplier=Decimal("1.5"))
    stay = yard.stay(hours=30, allowed_until=ENTRY + timedelta(hours=20))
    before = ledger()
    quoted = quote_stay(stay=stay, at=ENTRY).fee
    assert ledger() == before
    charged = charge(stay).fee
    assert quoted is not None
    assert charged is not None
    assert charged.total_amount * 100 == quoted.total


def test_what_a_process_remembers_never_prices_and_never_refuses(yard: Yard) -> None:
    """The same stay is charged by the present rate, however often this process has used another one before."""
    make_rate(hourly=2_000)
    charge(yard.stay(), "20")
    make_rate(hourly=5_000, location_id=YARD)
    charged = charge(yard.stay(payment_required=True), "50")
    assert charged.fee is not None
    assert charged.fee.total_amount == 50
    with pytest.raises(Underpaid):
        charge(yard.stay(), "20")
    RateStructure.objects.all().update(effective_at=ENTRY + timedelta(days=1))
    assert charge(yard.stay()).unpriced_reason == "no_applicable_rate"
    with pytest.raises(FeeUnknown):
        charge(yard.stay(), "50")
