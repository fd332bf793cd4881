"""Prices, lengths and percentages that can be meant."""

import itertools
from collections.abc import Iterable
from decimal import Decimal

from apps.billing.tariff.document.times import LONGEST, length_seconds, length_words
from apps.billing.tariff.refusals import Findings
from apps.core.money import CURRENCY_DIGITS

LARGEST_MINOR_PRICE = 10**11
FINEST_DECIMALS = 6


def check_price(found: Findings, path: str, price: Decimal, currency: str, *, finer: bool = False) -> None:
    """A price is finite, not negative, and has the currency's digits (a unit's price may have 6 decimals)."""
    digits = CURRENCY_DIGITS.get(currency, 2)
    if not price.is_finite() or price < 0 or price.adjusted() > 11 or price * 10**digits > LARGEST_MINOR_PRICE:
        found.add(
            path, f"A price is 0 or more, and at most {LARGEST_MINOR_PRICE} minor units; it is {str(price)[:40]}."
        )
        return
    most = max(digits, FINEST_DECIMALS) if finer else digits
    if has_more_decimals(price, most):
        found.add(path, f"{price} has more than {most} decimals; write a price that {currency} can say.")


def check_length(found: Findings, path: str, text: str, *, shortest: int = 1) -> int:
    """A length from `shortest` seconds to a year; gives its seconds, a placeholder of 1 where it is refused."""
    try:
        seconds = length_seconds(text)
    except ValueError as error:
        found.add(path, str(error))
        return 1
    if not shortest <= seconds <= LONGEST:
        found.add(path, f"{text!r} is {length_words(seconds)}; a length here is {shortest} s to 366 d.")
        return 1
    return seconds


def check_percent(found: Findings, path: str, percent: Decimal) -> None:
    """0 to 100 percent, with at most 6 decimals."""
    if not percent.is_finite() or not 0 <= percent <= 100 or has_more_decimals(percent, FINEST_DECIMALS):
        found.add(path, f"{str(percent)[:40]} is no percentage from 0 to 100 with at most {FINEST_DECIMALS} decimals.")


def check_rising(found: Findings, path: str, values: Iterable[int], words: str) -> None:
    """Each value is larger than the one before."""
    listed = list(values)
    for place, (one, other) in enumerate(itertools.pairwise(listed), start=1):
        if other <= one:
            found.add(f"{path}[{place}]", f"{words} rise; no. {place + 1} is not above no. {place}. Put them in order.")


def has_more_decimals(number: Decimal, most: int) -> bool:
    """Whether a digit other than zero stands after so many decimals."""
    return -int(number.normalize().as_tuple().exponent) > most
