"""What was taken for stays and given back in a period, by way of paying and currency."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db.models import Count, QuerySet, Sum

from .models import Payment, Refund


class Taking(msgspec.Struct, kw_only=True):
    """One way of paying in one currency: how much was taken, and given back by refunds and voids, in minor units.

    What is given back counts when it is given, whenever it was taken; so `net` may be below zero.
    """

    method: str
    currency: str
    payments: int = 0
    taken: int = 0
    refunds: int = 0
    given_back: int = 0

    @property
    def net(self) -> int:
        """What stayed."""
        return self.taken - self.given_back


def sum_takings(*, since: datetime, until: datetime, location_id: UUID | None = None) -> list[Taking]:
    """The takings of a half-open period (UTC), at a location or at all within reach, by currency and method."""
    payments = Payment.objects.filter(taken_at__gte=since, taken_at__lt=until)
    refunds = Refund.objects.filter(given_at__gte=since, given_at__lt=until)
    if location_id is not None:
        payments = payments.filter(stay__location_id=location_id)
        refunds = refunds.filter(payment__stay__location_id=location_id)
    sums: dict[tuple[str, str], Taking] = {}
    for currency, method, number, amount in _summed(payments, "method"):
        sums[currency, method] = Taking(method=method, currency=currency, payments=number, taken=amount)
    for currency, method, number, amount in _summed(refunds, "payment__method"):
        sum_of = sums.setdefault((currency, method), Taking(method=method, currency=currency))
        sum_of.refunds, sum_of.given_back = number, amount
    return [sums[key] for key in sorted(sums)]


def _summed(rows: "QuerySet[Payment] | QuerySet[Refund]", method: str) -> list[tuple[str, str, int, int]]:
    grouped = rows.order_by().values_list("currency", method)
    return list(grouped.annotate(number=Count("id"), total=Sum("amount")))
