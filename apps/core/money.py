"""Money: integer minor units with a currency inside, exact decimals at the edges, one rounding function.

The currencies are the active codes of ISO 4217 list one (as of 2026) that have a minor unit. Precious metals, testing
codes and units of account (XAU, XTS, XXX, XDR, ...) have none, so no price can be said in them, and they are refused
like any unknown code.
"""

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import total_ordering
from typing import Final, Self

_TWO_DIGITS: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
    "CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL "
    "HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU "
    "MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR "
    "SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED "
    "VES WST XCD XCG YER ZAR ZMW ZWG"
)
_OTHER_DIGITS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCY_DIGITS: Final[dict[str, int]] = dict.fromkeys(_TWO_DIGITS.split(), 2) | {
    code: digits for digits, codes in _OTHER_DIGITS.items() for code in codes.split()
}
"""Digits after the decimal point, by active ISO 4217 code."""

LARGEST_MINOR: Final = 2**63 - 1
"""The largest amount, in minor units: what the database's bigint holds."""

# Wider than any amount that can be stored; a digit that would still be lost raises instead.
_EXACT: Final = Context(prec=64, traps=[Inexact])


class MoneyError(ValueError):
    """A value that is no amount of money; `code` is stable and machine-readable."""

    code = "invalid_amount"


class UnknownCurrency(MoneyError):
    """The code is no active ISO 4217 currency with a minor unit."""

    code = "unknown_currency"


class ExcessDigits(MoneyError):
    """The amount is finer than the currency's smallest unit."""

    code = "excess_digits"


class AmountOutOfRange(MoneyError):
    """The amount is not finite, or larger than can be stored."""

    code = "amount_out_of_range"


class CurrencyMismatch(MoneyError):
    """Two currencies met in one sum or comparison."""

    code = "currency_mismatch"


def currency_digits(currency: str) -> int:
    """Digits after the decimal point of an ISO 4217 code. Raises UnknownCurrency."""
    try:
        return CURRENCY_DIGITS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(f"{currency!r} is not an active ISO 4217 currency.") from None


def round_ratio(numerator: int, denominator: int) -> int:
    """The whole number nearest to numerator/denominator, halves away from zero; the denominator is positive.

    The one rounding rule of the platform. Half-up, because that is what a cashier does by hand and what tax offices
    publish (half a unit and more counts as a whole one), so that anyone can check a receipt; away from zero, because a
    refund must give back exactly what the charge took. Banker's rounding would spread the error of long sums better,
    but here a sum is made of rounded amounts and is never rounded again.
    """
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def round_minor(amount: Decimal | Fraction | int) -> int:
    """An exact amount of minor units as a whole number of them, rounded as `round_ratio` says.

    Raises AmountOutOfRange for NaN and infinities.
    """
    try:
        return round_ratio(*amount.as_integer_ratio())
    except (ValueError, OverflowError):
        raise AmountOutOfRange(f"{amount} is not a finite amount.") from None


def minor_to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as an exact decimal with the currency's own digits: (500, "INR") is 5.00, (500, "JPY") is 500.

    Raises UnknownCurrency.
    """
    return Decimal(minor).scaleb(-currency_digits(currency), _EXACT)


def minor_from_decimal(amount: Decimal, currency: str) -> int:
    """An exact decimal as minor units; trailing zeros are no excess (1.500 INR is 150).

    Raises UnknownCurrency, ExcessDigits where a digit would be lost, AmountOutOfRange.
    """
    digits = currency_digits(currency)
    if not amount.is_finite() or amount.adjusted() > 20:
        raise AmountOutOfRange(f"{amount} is not an amount that can be stored.")
    try:
        scaled = amount.scaleb(digits, _EXACT)
    except Inexact:
        raise ExcessDigits(f"The amount has more than the {digits} decimal digits of {currency}.") from None
    minor = int(scaled)
    if scaled != minor:
        raise ExcessDigits(f"{amount} has more than the {digits} decimal digits of {currency}.")
    if not -LARGEST_MINOR <= minor <= LARGEST_MINOR:
        raise AmountOutOfRange(f"{amount} is not an amount that can be stored.")
    return minor


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency in whole minor units (paise, cents, fils); negative for what flows back.

    Raises UnknownCurrency, and AmountOutOfRange beyond what the database can store.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        currency_digits(self.currency)
        if type(self.minor) is not int or not -LARGEST_MINOR <= self.minor <= LARGEST_MINOR:
            raise AmountOutOfRange(f"{self.minor!r} is not a whole number of minor units that can be stored.")

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Self:
        """The exact decimal as money. Raises UnknownCurrency, ExcessDigits, AmountOutOfRange."""
        return cls(minor_from_decimal(amount, currency), currency)

    def to_decimal(self) -> Decimal:
        """The exact decimal with the currency's own digits."""
        return minor_to_decimal(self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.to_decimal()} {self.currency}"

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __add__(self, other: "Money") -> "Money":
        """Raises CurrencyMismatch."""
        return Money(self.minor + self._same_currency(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Raises CurrencyMismatch."""
        return Money(self.minor - self._same_currency(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Raises CurrencyMismatch; equality alone may be asked across currencies (and is then false)."""
        return self.minor < self._same_currency(other)

    def _same_currency(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be added or compared.")
        return other.minor
