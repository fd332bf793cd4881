"""Settle against settle: a stay without a price gets one once."""

import threading
from decimal import Decimal

import pytest

from apps.billing.ledger.checks import find_disagreements
from apps.billing.models import Settlement, StayFee
from apps.billing.reconciliation.settling import Stated, settle_stay
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, yard
from tests.races.rivals import at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 4
__all__ = ["yard"]


def test_control_looked_at_without_the_lock_all_find_it_unpriced(in_acme: TenantRef, yard: Yard) -> None:
    charge(yard.stay(hours=2))
    looked = threading.Barrier(RIVALS)

    def look() -> bool:
        unpriced = StayFee.objects.get().total is None
        looked.wait(30)
        return unpriced

    assert at_once(in_acme, *[look] * RIVALS) == [True] * RIVALS


def test_of_settlements_at_once_one_counts(in_acme: TenantRef, yard: Yard) -> None:
    stay = yard.stay(hours=2)
    charge(stay)

    def settle() -> StayFee:
        by = Stated(amount=Decimal(40), tax_rate=Decimal(18))
        return settle_stay(stay_id=stay.stay_id, by=by, reason="x", actor=CASHIER, at=ENTRY)

    outcomes = at_once(in_acme, *[settle] * RIVALS)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["already_priced"] * (RIVALS - 1))
    assert Settlement.objects.count() == 1
    assert list(find_disagreements()) == []
