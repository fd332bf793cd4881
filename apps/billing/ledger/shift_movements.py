"""What a cash shift means for the accounts: a float, money carried in and out, a count, a recount.

A drawer's cash is the part of its cashier on the account `cash`. A count takes all of it away, to the safe what was
there and to `cash_over_short` what was not; so after a count the cashier holds nothing.
"""

from typing import Final

from apps.billing.models import CashShift, MovementKind, ShiftMovement

from .chart import Account
from .lines import Line

SHIFT_OPENED: Final = "shift_opened"
CASH_MOVED: Final = "cash_moved"
SHIFT_CLOSED: Final = "shift_closed"
SHIFT_RECOUNTED: Final = "shift_recounted"

_COMES_FROM: Final = {
    MovementKind.PAY_IN: (Account.SAFE, 1),
    MovementKind.EXPENSE: (Account.EXPENSES, -1),
    MovementKind.DEPOSIT: (Account.SAFE, -1),
}


def float_lines(shift: CashShift) -> tuple[Line, ...]:
    """The float goes from the safe into the drawer."""
    return _lines(shift, {Account.CASH: shift.opening_float, Account.SAFE: -shift.opening_float})


def cash_moved_lines(shift: CashShift, movement: ShiftMovement) -> tuple[Line, ...]:
    """Cash comes into the drawer or leaves it."""
    account, sign = _COMES_FROM[MovementKind(movement.kind)]
    return _lines(shift, {Account.CASH: sign * movement.amount, account: -sign * movement.amount})


def count_lines(shift: CashShift, *, expected: int, counted: int) -> tuple[Line, ...]:
    """The drawer is emptied: what was counted goes to the safe, what is missing or too much is named."""
    over = counted - expected
    return _lines(shift, {Account.CASH: -expected, Account.SAFE: counted, Account.CASH_OVER_SHORT: -over})


def recount_lines(shift: CashShift, *, before: int, counted: int) -> tuple[Line, ...]:
    """More or less is in the safe than the count before had said."""
    return _lines(shift, {Account.SAFE: counted - before, Account.CASH_OVER_SHORT: before - counted})


def _lines(shift: CashShift, amounts: dict[Account, int]) -> tuple[Line, ...]:
    return tuple(
        Line(
            account=account,
            amount=amount,
            currency=shift.currency,
            party_id=shift.cashier_id if account is Account.CASH else None,
        )
        for account, amount in amounts.items()
        if amount
    )
