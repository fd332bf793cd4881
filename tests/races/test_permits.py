"""One place, and two vehicles of the permit that leave at once, one of them back-dated: one place is claimed."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import transaction

from apps.billing import vehicle_stays
from apps.billing.commands.permits import PermitDetails, add_permit
from apps.billing.models import PermitClaim, StayFee
from apps.billing.permit_places import claim_place, with_permit
from apps.billing.stays import StayFacts
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate, yard
from tests.billing.hauliers import haulier
from tests.races.rivals import Rivals, held

pytestmark = pytest.mark.usefixtures("own_database")
__all__ = ["yard"]


@pytest.fixture
def leaving(in_acme: TenantRef, yard: Yard) -> Iterator[tuple[StayFacts, StayFacts]]:
    """Both are gone from the yard's open stays, as a stay is whose exit is under way elsewhere."""
    make_rate()
    details = PermitDetails(vehicles=["MH 1", "MH 2"], valid_from=date(2026, 1, 1))
    add_permit(customer_id=haulier().id, details=details, actor=CASHIER)
    usual = vehicle_stays._open_stays, vehicle_stays._earlier_visits
    vehicle_stays.register_vehicle_stays(open_stays=lambda keys: [], earlier_visits=lambda *asked: [])
    first = yard.stay(2, vehicle_number="MH 1")
    second = yard.stay(1, vehicle_number="MH 2", entry_at=ENTRY - timedelta(minutes=10))
    yield first, second
    vehicle_stays._open_stays, vehicle_stays._earlier_visits = usual


def test_control_without_the_lock_both_find_the_place(in_acme: TenantRef, leaving: tuple[StayFacts, StayFacts]) -> None:
    known = [with_permit(stay, lock=False) for stay in leaving]
    assert [stay.permit is not None for stay in known] == [True, True]
    for stay in known:
        claim_place(stay)
    assert PermitClaim.objects.count() == 2


def test_the_second_waits_and_finds_the_place_claimed(in_acme: TenantRef, leaving: tuple[StayFacts, StayFacts]) -> None:
    first, second = leaving
    rivals = Rivals(in_acme)
    with held("SELECT") as wait_for, transaction.atomic():
        charge(first)
        rivals.start(lambda: charge(second))
        wait_for(1)
    assert [type(outcome).__name__ for outcome in rivals.outcomes()] == ["ChargedStay"], rivals.outcomes()
    assert PermitClaim.objects.get().stay_id == first.stay_id
    assert [StayFee.objects.get(stay_id=stay.stay_id).total for stay in leaving] == [0, 4_000]


def test_an_exit_on_the_short_way_sees_to_the_permit(
    in_acme: TenantRef, yard: Yard, leaving: tuple[StayFacts, StayFacts]
) -> None:
    charge(yard.stay(1, vehicle_number="MH 9"))  # from now on this process remembers the rate
    first, _ = leaving
    charge(first)
    assert PermitClaim.objects.get().stay_id == first.stay_id
