"""Stays on customers' accounts: whose they are, up to which limit, given back, and what the ledger says of it."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction

from apps.billing.accounts import (
    AccountLimitExceeded,
    CustomerAmbiguous,
    CustomerInactive,
    CustomerNotFound,
    NoAccount,
    charge_account,
    find_payer,
    get_available,
    get_owed,
)
from apps.billing.commands.customers import CustomerDetails, change_customer
from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.customer_queries import get_account_statement
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.ledger.movements import payment_taken
from apps.billing.ledger.posting import post_all
from apps.billing.models import Customer, CustomerPayment, Payment
from apps.core import reach
from apps.core.errors import Invalid
from apps.core.ids import new_id
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate
from tests.billing.hauliers import haulier, put_on_account
from tests.refusals import nothing_written

pytestmark = pytest.mark.usefixtures("in_acme")


def stays(yard: Yard, count: int) -> list[UUID]:
    """Ended stays of 40.00 each, not paid."""
    make_rate()
    ended = [yard.stay(2) for _ in range(count)]
    for stay in ended:
        charge(stay)
    return [stay.stay_id for stay in ended]


@pytest.mark.parametrize(("kind", "terms"), [("credit", {"limit": "80"}), ("prepaid", {"topped_up": "80"})])
def test_an_account_goes_as_far_as_its_limit(yard: Yard, kind: str, terms: dict[str, str]) -> None:
    first, second, third = stays(yard, 3)
    customer = haulier(kind, **terms)
    put_on_account(first, customer)
    put_on_account(second, customer)
    assert get_available(customer) == 0
    with nothing_written(), pytest.raises(AccountLimitExceeded) as refused:
        put_on_account(third, customer)
    assert refused.value.facts == {"available": Decimal("0.00"), "currency": "INR"}
    assert get_owed(customer) == (8_000 if kind == "credit" else 0)
    post_missing()
    assert list(find_disagreements()) == []


def test_a_lower_limit_lets_nothing_more_be_charged(yard: Yard) -> None:
    first, second = stays(yard, 2)
    customer = haulier(limit="80")
    put_on_account(first, customer)
    lower = CustomerDetails(credit_limit=Decimal(10))
    change_customer(customer_id=customer.id, expected_version=1, details=lower, actor=CASHIER)
    with nothing_written(), pytest.raises(AccountLimitExceeded) as refused:
        put_on_account(second, customer)
    assert refused.value.facts["available"] == 0


def test_one_who_looks_after_some_locations_charges_against_the_whole_account(yard: Yard) -> None:
    (first,) = stays(yard, 1)
    customer = haulier(limit="40")
    put_on_account(first, customer)
    with reach.narrowed_to(frozenset({new_id()})):
        assert (get_owed(customer), get_available(customer)) == (4_000, 0)


def test_the_relay_posts_a_charge_no_second_time(yard: Yard) -> None:
    (stay,) = stays(yard, 1)
    customer = haulier(limit="80")
    payment = Payment.objects.select_related("stay").get(id=put_on_account(stay, customer))
    with transaction.atomic():
        assert post_all(postings=[payment_taken(payment)]) == 0
    assert get_owed(customer) == 4_000
    post_missing()
    assert list(find_disagreements()) == []


@pytest.mark.parametrize("kind", ["credit", "prepaid"])
def test_what_is_given_back_of_an_account_payment_goes_back_to_the_account(yard: Yard, kind: str) -> None:
    first, second = stays(yard, 2)
    customer = haulier(kind, limit="80")
    payment, other = put_on_account(first, customer), put_on_account(second, customer)
    refund_payment(payment_id=payment, amount=Decimal(15), reason="x", actor=CASHIER, at=ENTRY)
    assert get_owed(customer) == 6_500
    void_payment(payment_id=other, reason="wrong haulier", actor=CASHIER, at=ENTRY)
    assert get_owed(customer) == 2_500
    post_missing()
    assert list(find_disagreements()) == []
    statement = get_account_statement(customer_id=customer.id, begin=ENTRY, end=ENTRY.replace(year=2027))
    assert sorted(movement.amount for movement in statement.movements) == [-4_000, -1_500, 4_000, 4_000]
    assert (statement.opening, statement.closing) == (0, get_owed(customer))


def test_a_forged_charge_and_a_forged_payment_are_named(yard: Yard) -> None:
    (stay,) = stays(yard, 1)
    customer = haulier("prepaid", limit="80", topped_up="5")
    put_on_account(stay, customer)
    post_missing()
    forged = CustomerPayment.objects.get()
    forged.pk, forged.receipt_number = new_id(), "ACME-1"
    forged.save(force_insert=True)
    said = list(find_disagreements())
    assert f"customer {customer.id}: owes 3000 by its charges and payments, 3500 by the ledger" in said
    assert any(words.startswith(f"customer_paid {forged.pk}") for words in said)
    assert any(words.startswith("receipts: 2 numbers") for words in said)


def test_a_stay_is_for_the_customer_named_else_of_its_plate_else_of_its_haulier(yard: Yard) -> None:
    by_plate = haulier(name="By plate", vehicles=["MH 12 AB 1234"])
    by_name = haulier(name="By haulier", transport_names=["Tata Lines"])
    named = haulier(name="Named")
    stay = yard.stay(vehicle_number="mh12ab1234", transport_name="TATA LINES ")
    assert find_payer(stay=stay, customer_id=named.id) == named
    assert find_payer(stay=stay) == by_plate
    assert find_payer(stay=yard.stay(vehicle_number="MH 1", transport_name=" tatalines")) == by_name
    with pytest.raises(NoAccount):
        find_payer(stay=yard.stay(vehicle_number="MH 1", transport_name="Volvo"))
    with pytest.raises(NoAccount):
        find_payer(stay=yard.stay())
    with pytest.raises(CustomerNotFound):
        find_payer(stay=stay, customer_id=new_id())


def test_two_customers_for_one_vehicle_are_named_and_a_closed_one_does_not_count(yard: Yard) -> None:
    one, other = haulier(name="A", vehicles=["MH 12"]), haulier(name="B", vehicles=["mh-12"])
    stay = yard.stay(vehicle_number="MH 12")
    with pytest.raises(CustomerAmbiguous) as refused:
        find_payer(stay=stay)
    assert refused.value.facts == {"customers": [{"id": one.id, "name": "A"}, {"id": other.id, "name": "B"}]}
    closed = CustomerDetails(active=False)
    change_customer(customer_id=one.id, expected_version=1, details=closed, actor=CASHIER)
    assert find_payer(stay=stay) == other
    with pytest.raises(CustomerInactive):
        find_payer(stay=stay, customer_id=one.id)


def test_a_charge_is_refused_in_another_currency_and_on_a_closed_account(yard: Yard) -> None:
    customer = haulier(limit="80")

    def put(customer: Customer, currency: str = "INR") -> None:
        charge_account(
            customer_id=customer.id, amount=1, currency=currency, reference=new_id(), at=ENTRY, actor=CASHIER
        )

    with nothing_written(), pytest.raises(Invalid), transaction.atomic():
        put(customer, "EUR")
    Customer.objects.filter(id=customer.id).update(active=False)
    with nothing_written(), pytest.raises(CustomerInactive), transaction.atomic():
        put(customer)
    assert not Payment.objects.exists()
