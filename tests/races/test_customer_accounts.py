"""Charges to one account at once: never more than its limit."""

import threading
from uuid import UUID

import pytest
from django.db import transaction

from apps.billing.accounts import charge_account, get_available, get_owed
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.core.events.publish import NotInTransaction
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate, yard
from tests.billing.hauliers import haulier, put_on_account
from tests.races.rivals import at_once, gained, refusals
from tests.refusals import nothing_written

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 4
__all__ = ["yard"]


def stays(yard: Yard) -> list[UUID]:
    make_rate()
    ended = [yard.stay(2) for _ in range(RIVALS)]
    for stay in ended:
        charge(stay)
    return [stay.stay_id for stay in ended]


def test_control_looked_up_without_the_lock_all_find_the_last_of_it(in_acme: TenantRef, yard: Yard) -> None:
    customer, counted = haulier("prepaid", topped_up="40"), threading.Barrier(RIVALS)

    def available() -> int:
        with transaction.atomic():
            found = get_available(customer)
            counted.wait(30)
            return found

    assert at_once(in_acme, *[available] * RIVALS) == [4_000] * RIVALS


@pytest.mark.parametrize(("kind", "terms"), [("credit", {"limit": "40"}), ("prepaid", {"topped_up": "40"})])
def test_of_charges_at_once_those_that_fit_are_made(
    in_acme: TenantRef, yard: Yard, kind: str, terms: dict[str, str]
) -> None:
    unpaid, customer = stays(yard), haulier(kind, **terms)
    outcomes = at_once(in_acme, *[lambda stay=stay: put_on_account(stay, customer) for stay in unpaid])
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["account_limit_exceeded"] * (RIVALS - 1))
    assert get_owed(customer) == (4_000 if kind == "credit" else 0)
    post_missing()
    assert list(find_disagreements()) == []


def test_top_ups_at_once_are_numbered_without_gaps_and_all_count(in_acme: TenantRef, yard: Yard) -> None:
    outcomes = at_once(in_acme, *[lambda: haulier("prepaid", topped_up="10")] * RIVALS)
    assert [get_owed(customer) for customer in gained(outcomes)] == [-1_000] * RIVALS
    assert list(find_disagreements()) == []


def test_outside_a_transaction_nothing_is_charged(in_acme: TenantRef) -> None:
    customer = haulier(limit="40")
    with nothing_written(), pytest.raises(NotInTransaction):
        charge_account(customer_id=customer.id, amount=1, currency="INR", reference=new_id(), at=ENTRY, actor=CASHIER)
