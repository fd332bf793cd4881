"""What was charged, taken and given back, by local hours, days, weeks or months."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from apps.core import reach, tenancy
from apps.core.api.replies import Answer
from apps.core.money import minor_to_decimal
from apps.parking.public import get_site_facts
from apps.reports.periods import GroupBy, cut_into_periods, require_years
from apps.reports.quarter_hours import quarter_hour_after, quarter_hour_of

# One statement, so that fees and payments are of one generation and one moment. Fees have no method.
_READ = """
WITH live AS (SELECT generation FROM core_liveprojection WHERE name = 'revenue')
SELECT width_bucket(quarter_hour, %(starts)s::timestamptz[]) AS period, currency, NULL AS method,
    sum(charged)::bigint, sum(priced_stays)::bigint, sum(unpriced_stays)::bigint, NULL
FROM reports_feesum JOIN live USING (generation)
WHERE quarter_hour >= %(begin)s AND quarter_hour < %(end)s
    AND (%(location)s::uuid IS NULL OR location_id = %(location)s)
    AND (%(within)s::uuid[] IS NULL OR location_id = ANY (%(within)s::uuid[]))
GROUP BY period, currency
UNION ALL
SELECT width_bucket(quarter_hour, %(starts)s::timestamptz[]) AS period, currency, method,
    sum(taken - voided)::bigint, sum(payments - voids)::bigint, sum(refunded)::bigint, sum(voided)::bigint
FROM reports_paymentsum JOIN live USING (generation)
WHERE quarter_hour >= %(begin)s AND quarter_hour < %(end)s
    AND (%(location)s::uuid IS NULL OR location_id = %(location)s)
    AND (%(within)s::uuid[] IS NULL OR location_id = ANY (%(within)s::uuid[]))
GROUP BY period, currency, method
"""


class RevenueRow(Answer, frozen=True, kw_only=True):
    """One period in one currency: fees of the stays that ended in it, payments taken in it, money given back in it.

    `stays` ended in the period; `unpricedStays` of them have no fee, because no rate could price them. `payments` are
    less the `voids` of the period, which may be of payments of an earlier hour of the day; `refunds` are not taken off.
    """

    period_start: datetime
    period_end: datetime
    currency: str
    fees: Decimal
    payments: Decimal
    stays: int
    unpriced_stays: int
    refunds: Decimal
    voids: Decimal


class MethodTotal(Answer, frozen=True, kw_only=True):
    """What was paid by one method, less what was voided of it, and how many such payments; refunds apart."""

    method: str
    payments: Decimal
    count: int
    refunds: Decimal
    voids: Decimal


class RevenueTotal(Answer, frozen=True, kw_only=True):
    """The sums of all periods in one currency; currencies are never added up."""

    currency: str
    fees: Decimal
    payments: Decimal
    stays: int
    unpriced_stays: int
    refunds: Decimal
    voids: Decimal
    by_method: list[MethodTotal]


class RevenueReport(Answer, frozen=True, kw_only=True):
    """GET reports/revenue. Every period has a row in each currency that occurs, one without anything has zeros.

    `from` and `to` are what was counted: the span that was asked for, out to whole quarter-hours. Periods are those of
    `timezone`: the location's, or the tenant's where no location was named. The first and the last may be parts.
    """

    begin: datetime = msgspec.field(name="from")
    to: datetime
    group_by: GroupBy
    timezone: str
    location_id: UUID | None
    rows: list[RevenueRow]
    totals: list[RevenueTotal]


class _Paid(NamedTuple):
    """Minor units by one method, or by all; `payments` and their `number` are less what was voided."""

    payments: int = 0
    number: int = 0
    refunds: int = 0
    voids: int = 0


class _Sums:
    """Minor units, stays and payments of one currency, in one period or in all."""

    def __init__(self) -> None:
        self.fees = self.priced = self.unpriced = 0
        self.methods: dict[str, _Paid] = {}

    @property
    def paid(self) -> _Paid:
        return _together(*self.methods.values())

    def add_fees(self, charged: int, priced: int, unpriced: int) -> None:
        self.fees += charged
        self.priced += priced
        self.unpriced += unpriced

    def add_paid(self, method: str, paid: _Paid) -> None:
        self.methods[method] = _together(self.methods.get(method, _Paid()), paid)


def _together(*parts: _Paid) -> _Paid:
    return _Paid(*map(sum, zip(_Paid(), *parts, strict=True)))


Found = dict[tuple[int, str], _Sums]
"""By the period's number, from 1; number 0 has the totals."""


def get_revenue_report(
    *, begin: datetime, end: datetime, group_by: GroupBy, location_id: UUID | None = None
) -> RevenueReport:
    """The current tenant's revenue of [begin, end), from the projection `revenue`: what the relay has delivered so far.

    Raises LocationNotFound, and Invalid for a span that is empty, too long or outside of the years 2000 to 2199.
    """
    tenant = tenancy.current()
    timezone = tenant.timezone if location_id is None else get_site_facts(location_id, fresh=True).timezone
    require_years(begin=begin, end=end)
    begin, end = quarter_hour_of(begin), quarter_hour_after(end)
    starts = cut_into_periods(begin=begin, end=end, group_by=group_by, timezone=timezone)
    found = _read(starts, begin, end, location_id)
    currencies = sorted({currency for _, currency in found} or {tenant.currency})
    return RevenueReport(
        begin=begin,
        to=end,
        group_by=group_by,
        timezone=timezone,
        location_id=location_id,
        rows=[
            _row(start, until, currency, found.get((number, currency), _Sums()))
            for number, (start, until) in enumerate(zip(starts, [*starts[1:], end], strict=True), 1)
            for currency in currencies
        ],
        totals=[_total(currency, found.get((0, currency), _Sums())) for currency in currencies],
    )


def _read(starts: Sequence[datetime], begin: datetime, end: datetime, location_id: UUID | None) -> Found:
    found: Found = {}
    within = reach.locations()
    with connection.cursor() as cursor:
        cursor.execute(
            _READ,
            {
                "starts": list(starts),
                "begin": begin,
                "end": end,
                "location": location_id,
                "within": None if within is None else list(within),
            },
        )
        for period, currency, method, *amounts in cursor.fetchall():
            for number in (period, 0):
                sums = found.setdefault((number, currency), _Sums())
                if method is None:
                    sums.add_fees(*amounts[:3])
                else:
                    sums.add_paid(method, _Paid(*amounts))
    return found


def _row(start: datetime, until: datetime, currency: str, sums: _Sums) -> RevenueRow:
    return RevenueRow(period_start=start, period_end=until, **_figures(currency, sums))


def _total(currency: str, sums: _Sums) -> RevenueTotal:
    return RevenueTotal(
        **_figures(currency, sums),
        by_method=[
            MethodTotal(method=method, count=paid.number, **_amounts(currency, paid))
            for method, paid in sorted(sums.methods.items())
        ],
    )


def _figures(currency: str, sums: _Sums) -> dict[str, Any]:
    return {
        "currency": currency,
        "fees": minor_to_decimal(sums.fees, currency),
        "stays": sums.priced + sums.unpriced,
        "unpriced_stays": sums.unpriced,
        **_amounts(currency, sums.paid),
    }


def _amounts(currency: str, paid: _Paid) -> dict[str, Decimal]:
    return {
        "payments": minor_to_decimal(paid.payments, currency),
        "refunds": minor_to_decimal(paid.refunds, currency),
        "voids": minor_to_decimal(paid.voids, currency),
    }
