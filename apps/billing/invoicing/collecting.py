"""The stays that an invoice is made of: those charged to a customer's account, or what a haulier has not paid.

A stay is due by the invoice for what lies on the customer's account and for what is still unpaid of it; the rest was
paid before. What was given back of its payments makes the stay cheaper.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import F, Q, Sum

from apps.billing.accounts import CustomerNotFound, haulier_key
from apps.billing.models import (
    AccountCharge,
    Customer,
    CustomerKind,
    InvoicedStay,
    Payment,
    Refund,
    RefundKind,
    StayFee,
)
from apps.billing.stays import list_haulier_stays
from apps.core import tenancy
from apps.core.errors import Conflict, Invalid
from apps.core.money import round_ratio

from .totals import Charged

MOST_STAYS = 5_000


class TooManyStays(Conflict):
    code, title = "too_many_stays", "More stays than an invoice can hold"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to invoice: a customer's charges, or the unpaid fees of the haulier of this name; half-open local dates."""

    period_from: date
    period_to: date
    customer_id: UUID | None = None
    transport_name: str = ""

    def span(self) -> tuple[datetime, datetime]:
        """The period from the tenant's midnight to its midnight. Raises Invalid for one that is empty or too long."""
        if self.period_to <= self.period_from:
            raise Invalid.field("to", "empty_period", "The end must lie after the beginning.")
        if self.period_to.year > 2200 or self.period_from.year < 2000:
            raise Invalid.field("from", "out_of_range", "Invoices cover the years 2000 to 2200.")
        zone = ZoneInfo(tenancy.current().timezone)
        return (
            datetime.combine(self.period_from, time.min, zone),
            datetime.combine(self.period_to, time.min, zone),
        )


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """A stay for an invoice: as it is charged there, and what of it comes to the customer's account by it."""

    fee: StayFee
    charged: Charged
    moved: int


def find_customer(wanted: Wanted) -> Customer | None:
    """The customer named, or the one with this haulier; None for a haulier that is nobody's yet.

    Raises CustomerNotFound, Invalid where neither or both are named.
    """
    if (wanted.customer_id is None) == (not wanted.transport_name.strip()):
        raise Invalid.field("customerId", "one_of_two", "Name a customer or a haulier.")
    if wanted.customer_id is None:
        key = haulier_key(wanted.transport_name)
        return Customer.objects.filter(transport_keys__contains=[key]).order_by("created_at", "id").first()
    customer = Customer.objects.filter(id=wanted.customer_id).first()
    if customer is None:
        raise CustomerNotFound("Check the customer's id; it is not one of this tenant.")
    return customer


def candidates(wanted: Wanted, customer: Customer | None) -> Collection[UUID]:
    """The stays that may be on the invoice: with a charge or an exit in its period. Raises Invalid."""
    since, until = wanted.span()
    if wanted.transport_name:
        return list_haulier_stays(wanted.transport_name, since=since, until=until)
    charges = AccountCharge.objects.filter(
        customer=customer, of=AccountCharge.Of.PAYMENT, charged_at__gte=since, charged_at__lt=until
    )
    paid = Payment.objects.filter(id__in=charges.values("reference"))
    return set(paid.values_list("stay_id", flat=True))


def collect(
    stay_ids: Collection[UUID], customer: Customer | None, *, unpaid_only: bool, lock: bool = False
) -> list[Collected]:
    """What of these stays is to be invoiced now, in the order of their ends.

    With `lock` the fees' rows are locked first, in the order of the ids, and looked at after that. Raises TooManyStays.
    """
    currency = customer.currency if customer else tenancy.current().currency
    fees = StayFee.objects.filter(stay_id__in=list(stay_ids), total__gt=0, currency=currency).order_by("stay_id")
    rows = list(fees.select_for_update() if lock else fees)
    taken = set(
        InvoicedStay.objects.filter(stay_id__in=[fee.stay_id for fee in rows]).values_list("stay_id", flat=True)
    )
    free = [fee for fee in rows if fee.stay_id not in taken]
    on_account = _on_account(free, customer)
    given = _given_back(free)
    found = []
    for fee in free:
        one = _collected(fee, on_account.get(fee.stay_id, 0), given.get(fee.stay_id, 0), customer)
        if one is not None and (one.moved > 0 or not unpaid_only):
            found.append(one)
    if len(found) > MOST_STAYS:
        raise TooManyStays(f"{len(found)} stays; an invoice holds {MOST_STAYS}. Take a shorter period.")
    return sorted(found, key=lambda one: (one.fee.ended_at or one.fee.charged_at, one.fee.stay_id))


def _collected(fee: StayFee, on_account: int, given: int, customer: Customer | None) -> Collected | None:
    """The stay as it is invoiced; None where nothing of it is the customer's."""
    total, tax = fee.total or 0, fee.tax or 0
    unpaid = max(total - fee.paid, 0)
    if not on_account and not unpaid:
        return None
    prepaid = customer is not None and customer.kind == CustomerKind.PREPAID
    due = unpaid + (0 if prepaid else on_account)
    gross = max(total - given, due)
    assert fee.tax_rate is not None
    charged = Charged(
        gross=gross,
        net=round_ratio((total - tax) * gross, total),
        tax_rate=fee.tax_rate.normalize(),
        paid=gross - due,
    )
    return Collected(fee=fee, charged=charged, moved=unpaid)


def _on_account(fees: Iterable[StayFee], customer: Customer | None) -> dict[UUID, int]:
    """What of each stay lies on the customer's account, less what was given back of it."""
    if customer is None:
        return {}
    payments = Payment.objects.filter(stay__in=[fee.stay_id for fee in fees], method="account")
    charges = AccountCharge.objects.filter(customer=customer, of=AccountCharge.Of.PAYMENT)
    mine = payments.filter(id__in=charges.values("reference"))
    left: dict[UUID, int] = {}
    back = _sums(Refund.objects.filter(payment__in=mine.values("id")).values_list("payment").annotate(Sum("amount")))
    for payment_id, stay_id, amount in mine.values_list("id", "stay_id", "amount"):
        left[stay_id] = left.get(stay_id, 0) + amount - back.get(payment_id, 0)
    return left


def _given_back(fees: Iterable[StayFee]) -> dict[UUID, int]:
    """What was given back of each stay while its fee stayed settled; what was paid too much is no part of the fee."""
    refunds = Refund.objects.filter(Q(payment__stay__in=[fee.stay_id for fee in fees]), kind=RefundKind.REFUND)
    return _sums(refunds.values_list("payment__stay").annotate(given=Sum(F("amount") - F("surplus"))))


def _sums(rows: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    return {key: int(amount) for key, amount in rows}
