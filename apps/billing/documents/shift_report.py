"""The report of a counted shift as it is printed: what was expected, what was counted, and what may explain it."""

from typing import Any

from apps.billing.commands.shifts.recounting import ShiftStillOpen
from apps.billing.letterheads import get_letterhead, printed
from apps.billing.models import CashShift, ShiftStatus
from apps.billing.places import get_places
from apps.billing.shifts.drawers import DrawerSums, drawer_sums, payments_of

from .locales import Locale, find_locale
from .pdf import render_pdf

_ANY_AMOUNT = ""


def print_shift(shift: CashShift, *, language: str | None = None) -> bytes:
    """The report as PDF, in the language of a BCP 47 tag or of the letterhead.

    Raises ShiftStillOpen, for an open one is counted blind.
    """
    if shift.closed_at is None:
        raise ShiftStillOpen("It is printed when it was counted.")
    recounts = list(shift.recounts.order_by("number"))
    issued_at = recounts[-1].recounted_at if recounts else shift.closed_at
    setting = get_letterhead()
    locale = find_locale(language or setting.language)
    data = _report(shift, drawer_sums(shift), locale)
    return render_pdf("shift", data, letterhead=printed(setting), locale=locale, at=issued_at)


def _report(shift: CashShift, sums: DrawerSums, locale: Locale) -> dict[str, Any]:
    place = get_places([shift.location_id])[shift.location_id]
    payments = payments_of(shift)
    first, last = payments.first(), payments.last()
    closed_at = shift.closed_at or shift.opened_at
    return {
        "cashier": shift.cashier_name,
        "location": f"{place.name}, {shift.drawer}",
        "opened": locale.instant(shift.opened_at, place.timezone),
        "closed": f"{locale.instant(closed_at, place.timezone)}, {shift.closed_by_name}",
        "status": "status_handed_over" if shift.status == ShiftStatus.HANDED_OVER else "status_closed",
        "zone": place.timezone,
        "receipts": f"{first.receipt_number} – {last.receipt_number}" if first and last else "–",
        "currency": shift.currency,
        "sums": _sums(shift, sums, locale),
        "recounts": [
            {
                "at": locale.instant(recount.recounted_at, place.timezone),
                "by": recount.recounted_by_name,
                "reason": recount.reason,
                "counted": locale.amount(recount.counted, shift.currency),
                "difference": locale.amount(recount.counted - sums.expected, shift.currency),
            }
            for recount in shift.recounts.order_by("number")
        ],
        "denominations": [
            {
                "value": locale.amount(value, shift.currency),
                "pieces": locale.number(str(pieces)),
                "amount": locale.amount(value * pieces, shift.currency),
            }
            for value, pieces in shift.denominations
        ],
        "causes": _causes(shift, sums, locale),
        "movements": _movements(shift, locale, place.timezone),
    }


def _sums(shift: CashShift, sums: DrawerSums, locale: Locale) -> list[dict[str, Any]]:
    counted = shift.counted or 0
    rows = (
        ("float", sums.opening_float, False),
        ("payments", sums.payments.amount, False),
        ("customer_payments", sums.customer_payments.amount, False),
        ("paid_in", sums.paid_in.amount, False),
        ("refunds", -sums.refunds.amount, False),
        ("voids", -sums.voids.amount, False),
        ("expenses", -sums.expenses.amount, False),
        ("deposits", -sums.deposits.amount, False),
        ("expected", sums.expected, True),
        ("counted", counted, False),
        ("difference", counted - sums.expected, True),
    )
    return [
        {"label": label, "amount": locale.amount(minor, shift.currency), "strong": strong}
        for label, minor, strong in rows
    ]


def _causes(shift: CashShift, sums: DrawerSums, locale: Locale) -> list[dict[str, str]]:
    parts = {"void": sums.voids, "refund": sums.refunds, "lost_ticket": sums.lost_tickets}
    rows = [(cause, part.times, locale.amount(part.amount, shift.currency)) for cause, part in parts.items()]
    rows.append(("manual_open", sums.manual_opens.times, _ANY_AMOUNT))
    return [{"cause": cause, "times": str(times), "amount": amount} for cause, times, amount in rows]


def _movements(shift: CashShift, locale: Locale, zone: str) -> list[dict[str, str]]:
    """All but payments, by time; what left the drawer is negative."""
    happened = [
        *(
            (moved.moved_at, moved.kind, moved.reason, _signed(moved.kind, moved.amount))
            for moved in shift.movements.all()
        ),
        *((one.given_at, one.kind, f"{one.given_by_name}: {one.reason}", -one.amount) for one in shift.refunds.all()),
        *(
            (one.reported_at, one.cause, ": ".join(filter(None, (one.gate, one.reason))), None)
            for one in shift.incidents.all()
        ),
    ]
    return [
        {
            "at": locale.instant(at, zone),
            "what": what,
            "note": note,
            "amount": _ANY_AMOUNT if minor is None else locale.amount(minor, shift.currency),
        }
        for at, what, note, minor in sorted(happened, key=lambda row: row[0])
    ]


def _signed(kind: str, amount: int) -> int:
    return amount if kind == "pay_in" else -amount
