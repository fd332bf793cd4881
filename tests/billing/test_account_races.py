"""A payment before the exit, and the exit at the same moment: the exit waits, looks again, and counts it."""

import pytest
from django.db import transaction

from apps.billing.commands import fee_record
from apps.billing.models import StayFee
from apps.billing.pricing import price_stay
from apps.billing.stay_accounts import PricedFrom, keep, lock_account
from apps.core.db.statement import Statement
from apps.core.tenancy import TenantRef
from tests.billing.conftest import ENTRY, Yard, charge, make_rate
from tests.races.rivals import Rivals, held

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.mark.parametrize(("given", "outcome"), [(None, "ChargedStay"), ("40", "Overpaid")])
def test_an_exit_sees_the_payment_that_is_just_being_made(
    in_acme: TenantRef, yard: Yard, given: str | None, outcome: str
) -> None:
    make_rate()
    charge(yard.stay(1))  # the rate is remembered: the exit goes the short way
    stay, rivals = yard.stay(2), Rivals(in_acme)
    with held("SELECT") as wait_for, transaction.atomic():
        keep(lock_account(stay, currency="INR", at=ENTRY), PricedFrom(), paid=1_000)
        rivals.start(lambda: charge(stay, given))
        wait_for(1)
    assert [type(each).__name__ for each in rivals.outcomes()] == [outcome], rivals.outcomes()
    fee = StayFee.objects.get(stay_id=stay.stay_id)
    assert (fee.total, fee.paid) == (4_000 if given is None else None, 1_000)


def test_control_an_exit_that_asks_for_no_revision_takes_the_whole_fee_again(in_acme: TenantRef, yard: Yard) -> None:
    make_rate()
    stay, rivals = yard.stay(2), Rivals(in_acme)
    guard = "AND account.revision = %(revision)s"
    assert guard in fee_record._RECORD_FEE.text
    unguarded = Statement(fee_record._RECORD_FEE.text.replace(guard, ""))
    assert stay.exit_at is not None
    priced = price_stay(stay=stay, until=stay.exit_at)
    charged = fee_record.fee_parameters(stay=stay, ended_at=stay.exit_at, priced=priced, paid=4_000, at=ENTRY)
    with held("SELECT") as wait_for, transaction.atomic():
        keep(lock_account(stay, currency="INR", at=ENTRY), PricedFrom(), paid=1_000)
        rivals.start(lambda: unguarded.run(charged))
        wait_for(1)
    assert rivals.outcomes() == [[("",)]]
    fee = StayFee.objects.get(stay_id=stay.stay_id)
    assert (fee.total, fee.paid) == (4_000, 5_000)
