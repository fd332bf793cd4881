"""Amounts as Stripe writes them: whole units of its own smallest unit, which is not always ISO 4217's.

Sources: docs.stripe.com/currencies (zero-decimal, three-decimal, special cases); support.stripe.com "Deprecation of
fractional ISK charges and refunds".
"""

from typing import Final

from apps.core.errors import Invalid
from apps.core.money import currency_digits

_OTHER_DIGITS: Final = {"MGA": 0, "ISK": 2}  # what ISO 4217 has with two digits, and what it has with none
_DROPPED: Final = frozenset({"UGX"})  # Stripe's own lists differ on whether 100 are one shilling or a hundred
_LAST_DIGIT_ZERO: Final = 3


class NotPayableOnline(Invalid):
    code, title = "not_payable_online", "The provider cannot take this amount"


class PartOfUnit(ValueError):
    """An amount that the currency cannot say."""


def to_provider(minor: int, currency: str) -> int:
    """Minor units as Stripe's. Raises NotPayableOnline where it cannot say them exactly."""
    ours, theirs = currency_digits(currency), _OTHER_DIGITS.get(currency, currency_digits(currency))
    if currency in _DROPPED or theirs > _LAST_DIGIT_ZERO:
        raise NotPayableOnline(f"{currency} is not taken online.")
    if theirs >= ours:
        amount = minor * _power(theirs - ours)
    else:
        amount, lost = divmod(minor, _power(ours - theirs))
        if lost:
            raise NotPayableOnline(f"Online, {currency} is taken in whole units only.")
    if theirs == _LAST_DIGIT_ZERO and amount % 10:
        raise NotPayableOnline(f"Online, the last digit of an amount in {currency} is 0.")
    return amount


def from_provider(amount: int, currency: str) -> int:
    """Stripe's units as minor units. Raises PartOfUnit for a part of one."""
    ours, theirs = currency_digits(currency), _OTHER_DIGITS.get(currency, currency_digits(currency))
    if theirs <= ours:
        return amount * _power(ours - theirs)
    minor, lost = divmod(amount, _power(theirs - ours))
    if lost:
        raise PartOfUnit(f"{amount} is no whole amount of {currency}")
    return minor


def _power(digits: int) -> int:
    return int("1" + "0" * digits)
