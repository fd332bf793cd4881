"""Amounts that people give, as minor units; what is none is refused by the name of its field."""

from decimal import Decimal

from apps.core.errors import Invalid
from apps.core.money import MoneyError, minor_from_decimal


def given_amount(amount: Decimal, currency: str, *, field: str, or_nothing: bool = False) -> int:
    """An exact decimal in minor units of `currency`: above zero, or zero where that is meant. Raises Invalid."""
    try:
        minor = minor_from_decimal(amount, currency)
    except MoneyError as error:
        raise Invalid.field(field, error.code, str(error)) from None
    if or_nothing and minor < 0:
        raise Invalid.field(field, "negative_amount", "An amount here is 0 or more.")
    if minor <= 0 and not or_nothing:
        raise Invalid.field(field, "not_positive", "An amount here is above 0.")
    return minor
