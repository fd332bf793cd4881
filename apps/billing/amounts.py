"""Amounts as people send them."""

from decimal import Decimal

from apps.core.errors import Invalid
from apps.core.money import MoneyError, minor_from_decimal


def minor_amount(amount: Decimal, currency: str, *, field: str, least: int = 1) -> int:
    """An exact decimal as minor units of at least `least`. Raises Invalid naming `field` as it is on the wire."""
    try:
        minor = minor_from_decimal(amount, currency)
    except MoneyError as error:
        raise Invalid.field(field, error.code, str(error)) from None
    if minor < least:
        code, words = ("negative_amount", "It is not negative.") if least == 0 else ("not_positive", "Say how much.")
        raise Invalid.field(field, code, words)
    return minor
