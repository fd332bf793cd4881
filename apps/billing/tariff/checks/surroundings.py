"""What stands around the meters: currency, zone, editions, overstay, payments, discounts, rounding, tax."""

from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.billing.tariff.document.plan import (
    Amount,
    OverstayTimes,
    PaidThenWholeStay,
    Percent,
    PlanDocument,
    Time,
)
from apps.billing.tariff.facts import fits
from apps.billing.tariff.local_clock import day_number
from apps.billing.tariff.refusals import Findings
from apps.core.money import CURRENCY_DIGITS

from .amounts import check_length, check_percent, check_price, has_more_decimals

LARGEST_MULTIPLIER = 100


def check_place(found: Findings, plan: PlanDocument) -> None:
    """A currency and a time zone that there are."""
    if plan.currency not in CURRENCY_DIGITS:
        found.add("currency", f"{plan.currency!r} is not an active ISO 4217 currency.")
    try:
        ZoneInfo(plan.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found.add("zone", f"{plan.zone[:40]!r} is no IANA time zone; write it like Europe/Amsterdam.")
    if plan.longest_stay is not None:
        check_length(found, "longestStay", plan.longest_stay, shortest=60)


def check_dates(found: Findings, path: str, dates: list[str | None]) -> None:
    """The first has held since ever, each other one begins after the one before."""
    if dates[0] is not None:
        found.add(f"{path}[0].since", f"What holds before {dates[0]}? Let the first one be since null.")
    last: int | None = None
    for place, text in enumerate(dates[1:], start=1):
        try:
            day = day_number(text) if text else None
        except ValueError:
            found.add(f"{path}[{place}].since", f"{text} is no date.")
            return
        if day is None or (last is not None and day <= last):
            found.add(
                f"{path}[{place}].since", f"{text or 'null'} is not after the one before; two would hold at once."
            )
        last = day


def check_around(found: Findings, plan: PlanDocument, facts: set[str]) -> None:
    """Everything but the meters; notes the facts that discounts use."""
    check_dates(found, "editions", [edition.since for edition in plan.editions])
    check_dates(found, "tax.rates", [rate.since for rate in plan.tax.rates])
    for place, rate in enumerate(plan.tax.rates):
        check_percent(found, f"tax.rates[{place}].percent", rate.percent)
    if isinstance(plan.overstay, OverstayTimes):
        times = plan.overstay.times
        if not times.is_finite() or not 1 <= times <= LARGEST_MULTIPLIER or has_more_decimals(times, 6):
            found.add("overstay.times", f"It is 1 to {LARGEST_MULTIPLIER}, with at most 6 decimals.")
        check_length(found, "overstay.tolerance", plan.overstay.tolerance, shortest=0)
    if isinstance(plan.after_payment, PaidThenWholeStay):
        check_length(found, "afterPayment.free", plan.after_payment.free, shortest=0)
    _check_rounding(found, plan)
    check_discounts(found, plan, facts)


def _check_rounding(found: Findings, plan: PlanDocument) -> None:
    to: Decimal = plan.rounding.to
    digits = CURRENCY_DIGITS.get(plan.currency, 2)
    fine = to.is_finite() and to.adjusted() < 9 and not has_more_decimals(to, digits)
    if not fine or Fraction(to) * 10**digits < 1:
        found.add("rounding.to", f"Round to a multiple of {Decimal(1).scaleb(-digits)} {plan.currency}.")


def check_discounts(found: Findings, plan: PlanDocument, facts: set[str]) -> None:
    """Codes that differ, values that can be meant, facts that are declared; notes the facts."""
    codes = [item.code for item in plan.discounts.items]
    for place, item in enumerate(plan.discounts.items):
        path = f"discounts.items[{place}]"
        if codes.index(item.code) != place:
            found.add(f"{path}.code", f"{item.code!r} is there twice.")
        _check_amount(found, path, item, plan.currency)
        for number, test in enumerate(item.when):
            facts.add(test.fact)
            kind = plan.facts.get(test.fact)
            if kind is None or not fits(kind, test.equals):
                found.add(f"{path}.when[{number}]", f"{test.fact!r} is no declared fact that can be {test.equals!r}.")


def _check_amount(found: Findings, path: str, item: Percent | Amount | Time, currency: str) -> None:
    if isinstance(item, Percent):
        check_percent(found, f"{path}.percent", item.percent)
    elif isinstance(item, Amount):
        check_price(found, f"{path}.amount", item.amount, currency)
    else:
        check_length(found, f"{path}.time", item.time)
