"""The last use of a code, wanted by several stays at once: one has it."""

import threading
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction

from apps.billing.commands.code_uses import require_usable, use_code
from apps.billing.commands.discount_codes import CodeTerms, add_discount_code
from apps.billing.commands.merchants import MerchantTerms, add_merchant
from apps.billing.commands.validations import require_quota, validate_stay
from apps.billing.known_stays import governing_rate
from apps.billing.models import CodeUse, DiscountCode, Merchant, Validation
from apps.billing.stays import get_stay
from apps.billing.tariff import SimpleDiscount
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, make_rate, yard
from tests.races.rivals import at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 4
HALF = SimpleDiscount(code="HALF", name="Half", kind="percent", value=Decimal(50))
__all__ = ["yard"]


def parked(yard: Yard) -> list[UUID]:
    make_rate(discounts=(HALF,))
    return [yard.stay(None).stay_id for _ in range(RIVALS)]


def test_control_counted_without_the_lock_all_find_a_use_left(in_acme: TenantRef, yard: Yard) -> None:
    stays, counted = parked(yard), threading.Barrier(RIVALS)
    code = add_discount_code(code="HALF", terms=CodeTerms(max_uses=1), actor=CASHIER)

    def look(stay_id: UUID) -> str:
        with transaction.atomic():
            stay = get_stay(stay_id)
            found = DiscountCode.objects.get(id=code.id)
            require_usable(found, stay=stay, rate=governing_rate(stay), at=ENTRY)
            counted.wait(30)
            return "left"

    assert at_once(in_acme, *[lambda stay=stay: look(stay) for stay in stays]) == ["left"] * RIVALS


def test_of_those_who_want_the_last_use_one_has_it(in_acme: TenantRef, yard: Yard) -> None:
    stays = parked(yard)
    add_discount_code(code="HALF", terms=CodeTerms(max_uses=1), actor=CASHIER)
    outcomes = at_once(
        in_acme, *[lambda stay=stay: use_code(stay_id=stay, code="half", actor=CASHIER, at=ENTRY) for stay in stays]
    )
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["code_used_up"] * (RIVALS - 1))
    assert CodeUse.objects.count() == 1


def test_control_counted_without_the_lock_all_find_a_validation_left(in_acme: TenantRef) -> None:
    counted = threading.Barrier(RIVALS)
    terms = MerchantTerms(name="Shop", facts={"HALF": True}, quota_per_day=1)
    shop = add_merchant(terms=terms, location_id=None, actor=CASHIER)

    def look() -> str:
        require_quota(Merchant.objects.get(id=shop.id), at=ENTRY)
        counted.wait(30)
        return "left"

    assert at_once(in_acme, *[look] * RIVALS) == ["left"] * RIVALS


def test_of_validations_at_once_as_many_stand_as_the_quota_says(in_acme: TenantRef, yard: Yard) -> None:
    stays = parked(yard)
    terms = MerchantTerms(name="Shop", facts={"HALF": True}, quota_per_day=2)
    shop = add_merchant(terms=terms, location_id=None, actor=CASHIER)

    def validate(stay_id: UUID) -> Validation:
        return validate_stay(merchant_id=shop.id, stay_id=stay_id, vehicle_number=None, actor=CASHIER, at=ENTRY)

    outcomes = at_once(in_acme, *[lambda stay=stay: validate(stay) for stay in stays])
    assert (len(gained(outcomes)), refusals(outcomes)) == (2, ["quota_used_up"] * (RIVALS - 2))
    assert Validation.objects.count() == 2
