"""Money: exact at the edges, integer inside, one rounding rule, never two currencies in one sum."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import (
    CURRENCY_DIGITS,
    LARGEST_MINOR,
    AmountOutOfRange,
    CurrencyMismatch,
    ExcessDigits,
    Money,
    UnknownCurrency,
    currency_digits,
    round_minor,
)

amounts = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
currencies = st.sampled_from(sorted(CURRENCY_DIGITS))


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("INR", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("BHD", 3), ("CLF", 4), ("MGA", 2), ("ISK", 0), ("XCG", 2)],
)
def test_each_currency_has_its_own_digits(currency: str, digits: int) -> None:
    assert currency_digits(currency) == digits


@pytest.mark.parametrize("code", ["", "inr", "XXX", "XAU", "DEM", "HRK", "ZZZ", "EURO", None, ["INR"]])
def test_a_code_that_is_no_active_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, code)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (12345, "INR", "123.45"),
        (500, "INR", "5.00"),
        (500, "JPY", "500"),
        (1, "KWD", "0.001"),
        (-5, "EUR", "-0.05"),
        (0, "GBP", "0.00"),
        (LARGEST_MINOR, "INR", "92233720368547758.07"),
    ],
)
def test_decimal_has_exactly_the_currency_s_digits(minor: int, currency: str, text: str) -> None:
    assert str(Money(minor, currency).to_decimal()) == text


@given(amounts, currencies)
def test_decimal_and_back_loses_nothing(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.from_decimal(money.to_decimal(), currency) == money


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0.001", "INR"), ("100.5", "JPY"), ("0.0001", "BHD"), ("1e-1000", "INR"), ("1." + "0" * 90 + "1", "INR")],
)
def test_a_digit_too_many_is_refused_and_never_rounded(amount: str, currency: str) -> None:
    with pytest.raises(ExcessDigits):
        Money.from_decimal(Decimal(amount), currency)


def test_trailing_zeros_are_no_excess() -> None:
    assert Money.from_decimal(Decimal("1.500"), "INR") == Money(150, "INR")
    assert Money.from_decimal(Decimal("100." + "0" * 90), "JPY") == Money(100, "JPY")
    assert Money.from_decimal(Decimal("1E+2"), "JPY") == Money(100, "JPY")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e30", "1e999999", "92233720368547758.08"])
def test_what_cannot_be_stored_is_refused(amount: str) -> None:
    with pytest.raises(AmountOutOfRange):
        Money.from_decimal(Decimal(amount), "INR")


@pytest.mark.parametrize("minor", [1.0, "1", True, None, LARGEST_MINOR + 1])
def test_only_whole_minor_units_make_money(minor: int) -> None:
    with pytest.raises(AmountOutOfRange):
        Money(minor, "INR")


@pytest.mark.parametrize(
    ("amount", "whole"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999999", 2), ("-0.5", -1), ("-2.5", -3), ("-2.4", -2), ("0", 0)],
)
def test_halves_are_rounded_away_from_zero(amount: str, whole: int) -> None:
    assert round_minor(Decimal(amount)) == whole
    assert round_minor(Fraction(amount)) == whole


@given(st.fractions())
def test_rounding_is_off_by_at_most_a_half_and_a_refund_mirrors_its_charge(amount: Fraction) -> None:
    assert abs(round_minor(amount) - amount) <= Fraction(1, 2)
    assert round_minor(-amount) == -round_minor(amount)


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_what_is_no_number_is_not_rounded(amount: str) -> None:
    with pytest.raises(AmountOutOfRange):
        round_minor(Decimal(amount))


def test_arithmetic_stays_in_one_currency() -> None:
    assert Money(150, "INR") + Money(50, "INR") == Money(200, "INR")
    assert Money(150, "INR") - Money(200, "INR") == -Money(50, "INR")
    assert Money(1, "INR") < Money(2, "INR") <= Money(2, "INR")
    assert Money(1, "INR") != Money(1, "EUR")
    assert str(Money(-150, "INR")) == "-1.50 INR"
    for mix in (
        lambda: Money(1, "INR") + Money(1, "EUR"),
        lambda: Money(1, "INR") - Money(1, "EUR"),
        lambda: Money(1, "INR") < Money(1, "EUR"),
        lambda: Money(1, "INR") >= Money(1, "EUR"),
    ):
        with pytest.raises(CurrencyMismatch):
            mix()
