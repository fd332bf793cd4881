"""A receipt on paper: what was parked, what it cost, what was paid and what was given back."""

import msgspec

from apps.billing.letterheads import get_letterhead, printed
from apps.billing.models import LetterheadSetting, Payment, RateStructure, Refund, StayFee
from apps.billing.places import Place, get_places
from apps.billing.stays import StayFacts, list_stays
from apps.billing.tariff import Line, Plan
from apps.billing.tariff.fee import TAX

from .durations import duration_words
from .locales import Locale, find_locale
from .pdf import render_pdf


class PrintedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the fee, its amount as it is written."""

    words: str
    amount: str


class PrintedTax(msgspec.Struct, frozen=True, kw_only=True):
    """Net, tax and gross of the fee; its rate in percent."""

    rate: str
    net: str
    tax: str
    gross: str


class PrintedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came in, or (`kind` refund, void) went back; `note` is its receipt or the reason."""

    kind: str
    at: str
    note: str
    amount: str


class ReceiptData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `receipt.typ` prints. `exit` is empty while the vehicle is parked, `total` where there is no price yet."""

    roll: bool
    number: str
    issued: str
    cashier: str
    plate: str
    vehicle: str
    location: str
    entry: str
    exit: str
    zone: str
    duration: str
    currency: str
    lines: tuple[PrintedLine, ...]
    tax: PrintedTax | None
    inclusive: bool
    total: str
    amount: str
    tendered: str
    change: str
    movements: tuple[PrintedPayment, ...]
    due: str
    footer: str


def receipt_pdf(payment: Payment, *, roll: bool) -> bytes:
    """The receipt of a payment as PDF: A4, or `roll` for a printer of 80 mm; `payment.stay` is read with it.

    It shows what is true now: a later refund stands on it, and a later payment too.
    """
    fee, setting = payment.stay, get_letterhead()
    locale = find_locale(setting.language)
    stay = list_stays([fee.stay_id]).get(fee.stay_id)
    place = get_places([fee.location_id])[fee.location_id]
    return render_pdf(
        "receipt",
        _data(payment, fee, stay, place, setting, locale, roll=roll),
        letterhead=printed(setting),
        locale=locale,
        at=payment.taken_at,
    )


def _data(
    payment: Payment,
    fee: StayFee,
    stay: StayFacts | None,
    place: Place,
    setting: LetterheadSetting,
    locale: Locale,
    *,
    roll: bool,
) -> ReceiptData:
    zone = place.timezone
    entry_at = stay.entry_at if stay else fee.entry_at
    ended_at = None if fee.is_open else (stay.exit_at if stay and stay.exit_at else fee.ended_at)
    tendered = payment.tendered
    due = None if fee.total is None else max(fee.total - fee.paid, 0)
    return ReceiptData(
        roll=roll,
        number=payment.receipt_number,
        issued=locale.instant(payment.taken_at, zone),
        cashier=payment.taken_by_name,
        plate=stay.vehicle_number if stay else "",
        vehicle=fee.vehicle_type.replace("-", " ").replace("_", " ").capitalize(),
        location=place.name,
        entry=locale.instant(entry_at, zone) if entry_at else "",
        exit=locale.instant(ended_at, zone) if ended_at else "",
        zone=zone,
        duration="" if fee.is_open else duration_words(fee.duration_minutes),
        currency=fee.currency,
        lines=_lines(fee, locale),
        tax=_tax(fee, locale),
        inclusive=_tax_is_contained(fee),
        total="" if fee.total is None else locale.amount(fee.total, fee.currency),
        amount=locale.money(payment.amount, payment.currency),
        tendered="" if tendered is None else locale.money(tendered, payment.currency),
        change="" if tendered is None else locale.money(tendered - payment.amount, payment.currency),
        movements=_movements(fee, locale, zone),
        due=locale.money(due, fee.currency) if due else "",
        footer=setting.footer,
    )


def _lines(fee: StayFee, locale: Locale) -> tuple[PrintedLine, ...]:
    """The lines as they sum to the total; what was looked at and did not apply is for the screen alone."""
    lines = msgspec.convert(fee.lines, tuple[Line, ...])
    return tuple(
        PrintedLine(words=line.description, amount=locale.amount(line.amount, fee.currency))
        for line in lines
        if line.amount and line.code != TAX
    )


def _tax(fee: StayFee, locale: Locale) -> PrintedTax | None:
    if fee.total is None or fee.tax is None or fee.tax_rate is None:
        return None
    return PrintedTax(
        rate=locale.number(f"{fee.tax_rate.normalize():f}"),
        net=locale.amount(fee.total - fee.tax, fee.currency),
        tax=locale.amount(fee.tax, fee.currency),
        gross=locale.amount(fee.total, fee.currency),
    )


def _tax_is_contained(fee: StayFee) -> bool:
    """Whether the prices that the fee was made of contain the tax."""
    if fee.rate_id is None or fee.rate_version is None:
        return True  # an amount that a person stated is what was to be paid
    rate = RateStructure.objects.get(rate_id=fee.rate_id, version=fee.rate_version)
    plan = rate.plan()
    return plan.tax_inclusive if isinstance(plan, Plan) else plan.document.tax.prices == "inclusive"


def _movements(fee: StayFee, locale: Locale, zone: str) -> tuple[PrintedPayment, ...]:
    payments = list(fee.payments.order_by("taken_at", "id"))
    refunds = Refund.objects.filter(payment__in=payments)
    told = [
        (one.taken_at, one.method, " · ".join(filter(None, (one.receipt_number, one.reference))), one.amount)
        for one in payments
    ]
    told += [(one.given_at, one.kind, one.reason, -one.amount) for one in refunds]
    return tuple(
        PrintedPayment(kind=kind, at=locale.instant(at, zone), note=note, amount=locale.amount(amount, fee.currency))
        for at, kind, note, amount in sorted(told, key=lambda one: one[0])
    )
