"""What merchants validated in a month."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db.models import Count, Q, QuerySet

from .commands.merchants import MerchantNotFound
from .commands.validations import month_of
from .models import DiscountCode, Merchant


class MerchantMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant's validations in a month of the tenant's calendar: those that stand, those undone, what they cost."""

    merchant: Merchant
    begin: datetime
    standing: int
    undone: int

    @property
    def amount(self) -> int | None:
        """What is charged for them, in minor units; None where nothing is."""
        return None if self.merchant.price is None else self.merchant.price * self.standing


def list_merchants(*, active: bool | None = None) -> QuerySet[Merchant]:
    """Merchants within reach."""
    return Merchant.objects.all() if active is None else Merchant.objects.filter(active=active)


def get_merchant(*, merchant_id: UUID) -> Merchant:
    """Raises MerchantNotFound."""
    merchant = Merchant.objects.filter(id=merchant_id).first()
    if merchant is None:
        raise MerchantNotFound("Check the merchant's id; it is not one of this tenant.")
    return merchant


def get_merchant_month(*, merchant_id: UUID, at: datetime) -> MerchantMonth:
    """The month that an instant is in. Raises MerchantNotFound."""
    merchant = get_merchant(merchant_id=merchant_id)
    begin, end = month_of(at)
    counts = merchant.validations.filter(given_at__gte=begin, given_at__lt=end).aggregate(
        standing=Count("id", filter=Q(undone_at=None)), undone=Count("id", filter=~Q(undone_at=None))
    )
    return MerchantMonth(merchant=merchant, begin=begin, **counts)


def list_discount_codes(*, active: bool | None = None) -> QuerySet[DiscountCode]:
    """Codes with how often each was used."""
    codes = DiscountCode.objects.annotate(used=Count("uses"))
    return codes if active is None else codes.filter(active=active)
