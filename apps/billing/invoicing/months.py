"""The months of permits and of merchants' validations that an invoice lists beside stays.

They lie on the customer's account since they were charged, so an invoice moves nothing of them. They are charged gross,
and the tax in them is told by the invoice (`monthly_tax`).
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from apps.billing.letterheads import get_letterhead
from apps.billing.models import (
    AccountCharge,
    Customer,
    CustomerKind,
    InvoicedCharge,
    LetterheadSetting,
    Merchant,
    Permit,
)
from apps.billing.month_references import month_reference, months_before
from apps.core import tenancy

from .collecting import Wanted
from .content import Item
from .monthly_tax import require_rate
from .totals import Charged, net_of

MONTHS: tuple[str, ...] = (AccountCharge.Of.PERMIT, AccountCharge.Of.VALIDATIONS)
Subject = Permit | Merchant


class CollectedMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month of a permit or merchant for an invoice: from `begins` until before `ends`, local dates.

    `quantity` is how many validations it is for; 0 where that is not told.
    """

    charge_id: UUID
    of: Item
    name: str
    vehicles: tuple[str, ...]
    begins: date
    ends: date
    quantity: int
    charged: Charged


def collect_months(wanted: Wanted, customer: Customer | None, *, lock: bool = False) -> list[CollectedMonth]:
    """The months that belong on this invoice and are on none: of its period, or charged in it for an earlier one.

    With `lock` the charges' rows are locked first, in the order of their ids, and looked at after that. A haulier by
    name has none. Raises MonthlyTaxUnknown.
    """
    if customer is None or wanted.customer_id is None:
        return []
    since, _ = wanted.span()
    charges = AccountCharge.objects.filter(customer=customer, of__in=MONTHS, charged_at__gte=since).order_by("id")
    rows = list(charges.select_for_update() if lock else charges)
    taken = set(InvoicedCharge.objects.filter(charge__in=rows).values_list("charge_id", flat=True))
    setting = get_letterhead()
    found = [
        _collected(charge, subject, month, setting, prepaid=customer.kind == CustomerKind.PREPAID)
        for charge, subject, month in _with_months([row for row in rows if row.id not in taken])
        if _belongs(charge, month, wanted)
    ]
    return sorted(found, key=lambda one: (one.begins, one.of, one.name, one.charge_id))


def _belongs(charge: AccountCharge, month: date, wanted: Wanted) -> bool:
    since, until = wanted.span()
    return month < wanted.period_to and (month >= wanted.period_from or since <= charge.charged_at < until)


def _with_months(charges: Iterable[AccountCharge]) -> Iterator[tuple[AccountCharge, Subject, date]]:
    """Each charge with what it is for and the first day of its month, both of which its reference is made from."""
    rows = list(charges)
    permits: list[Subject] = []
    merchants: list[Subject] = []
    if any(row.of == AccountCharge.Of.PERMIT for row in rows):
        permits = list(
            Permit.objects.filter(customer_id__in={row.customer_id for row in rows}).prefetch_related("vehicles")
        )
    if any(row.of == AccountCharge.Of.VALIDATIONS for row in rows):
        merchants = list(Merchant.objects.all())  # also of other customers: who pays may have changed since
    for row in rows:
        subjects = permits if row.of == AccountCharge.Of.PERMIT else merchants
        yield row, *_find(row, subjects)


def _find(charge: AccountCharge, subjects: Iterable[Subject]) -> tuple[Subject, date]:
    for month in months_before(charge.charged_at):
        for subject in subjects:
            if month_reference(subject.id, month) == charge.reference:
                return subject, month
    raise LookupError(f"charge {charge.id} is for no month of any permit or merchant")


def _collected(
    charge: AccountCharge, subject: Subject, month: date, setting: LetterheadSetting, *, prepaid: bool
) -> CollectedMonth:
    following = (month + timedelta(days=31)).replace(day=1)
    begins, ends = month, following
    vehicles: tuple[str, ...] = ()
    if isinstance(subject, Permit):
        begins, ends = max(month, subject.valid_from), min(following, subject.valid_until or following)
        vehicles = tuple(sorted(each.vehicle_number for each in subject.vehicles.all()))
    rate = require_rate(setting, following - timedelta(days=1))
    return CollectedMonth(
        charge_id=charge.id,
        of=Item(charge.of),
        name=str(subject),
        vehicles=vehicles,
        begins=begins,
        ends=max(ends, begins + timedelta(days=1)),
        quantity=0 if isinstance(subject, Permit) else _validations(subject, charge, month, following),
        charged=Charged(
            gross=charge.amount,
            net=net_of(charge.amount, rate),
            tax_rate=rate,
            paid=charge.amount if prepaid else 0,
        ),
    )


def _validations(merchant: Merchant, charge: AccountCharge, month: date, following: date) -> int:
    """How many were charged; 0 where the merchant's price has changed since, so that it can't be told."""
    zone = ZoneInfo(tenancy.current().timezone)
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (month, following))
    standing = merchant.validations.filter(undone_at=None, given_at__gte=begin, given_at__lt=end).count()
    return standing if standing * (merchant.price or 0) == charge.amount else 0
