"""What billing knows of a stay before it ends: the exit is priced with it, and never past it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from apps.billing.commands.charges import AlreadyCharged
from apps.billing.commands.counting import Underpaid
from apps.billing.models import Payment, StayFee
from apps.billing.public import StayFacts, quote_stay
from apps.billing.stay_accounts import PricedFrom, keep, kept_facts, lock_account

from .conftest import ENTRY, Yard, charge, ledger, make_rate

pytestmark = pytest.mark.usefixtures("in_acme")


def learn(stay: StayFacts, known: PricedFrom, *, paid: int = 0) -> None:
    with transaction.atomic():
        keep(lock_account(stay, currency="INR", at=ENTRY), known, paid=paid)


def test_a_fee_keeps_what_it_was_priced_from(yard: Yard) -> None:
    make_rate()
    stay = yard.stay(2, allowed_until=ENTRY + timedelta(hours=3))
    charge(stay)
    fee = StayFee.objects.get()
    assert (fee.entry_at, fee.ended_at, fee.allowed_until) == (stay.entry_at, stay.exit_at, stay.allowed_until)
    assert (fee.priced_from, fee.revision, fee.is_open) == ({}, 0, False)


def test_what_was_paid_before_the_exit_is_not_due_again(yard: Yard) -> None:
    make_rate()
    stay = yard.stay(3)
    learn(stay, PricedFrom(), paid=4_000)
    before = ledger()
    with pytest.raises(Underpaid) as refused, transaction.atomic():
        charge(stay, "10")
    assert refused.value.facts["expectedAmount"] == Decimal("20.00")
    assert ledger() == before
    charge(stay, "20")
    fee = StayFee.objects.get()
    assert (fee.total, fee.paid, fee.unpriced_reason, fee.ended_at) == (6_000, 6_000, "", stay.exit_at)
    assert Payment.objects.get().amount == 2_000


def test_an_exit_where_all_was_paid_takes_nothing(yard: Yard) -> None:
    make_rate()
    stay = yard.stay(2, payment_required=True)
    learn(stay, PricedFrom(), paid=4_000)
    charged = charge(stay)
    assert charged.payment is None
    assert StayFee.objects.get().paid == 4_000
    with pytest.raises(AlreadyCharged):
        charge(stay)


def test_a_remembered_rate_does_not_price_past_an_account(yard: Yard) -> None:
    make_rate()
    charge(yard.stay(1))  # from now on this process remembers the rate
    stay = yard.stay(2)
    learn(stay, PricedFrom(), paid=1_000)
    charge(stay, "30")
    assert StayFee.objects.get(stay_id=stay.stay_id).paid == 4_000


def test_quotes_and_fees_read_what_was_told(yard: Yard) -> None:
    stay = yard.stay(2)
    learn(stay, PricedFrom(facts={"payloadKg": 12_000}, paid_at=(ENTRY + timedelta(hours=1),)))
    account = StayFee.objects.get()
    assert kept_facts(account).facts == {"payloadKg": 12_000}
    assert kept_facts(account).paid_at == (ENTRY + timedelta(hours=1),)
    assert quote_stay(stay=stay, at=ENTRY).unpriced_reason == "no_applicable_rate"
    assert account.is_open
    assert account.revision == 1
