"""The sums of an invoice keep the rules of EN 16931, whatever was charged."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.billing.invoicing.totals import Charged, sum_up
from apps.core.money import round_ratio

RATES = st.sampled_from([Decimal(rate) for rate in ("0", "5", "7", "18", "19", "20", "25", "8.1", "2.6", "27")])


@st.composite
def charged(draw: st.DrawFn) -> Charged:
    """A stay, taxed by itself as the plan engine does, of prices with tax or without."""
    rate, amount = draw(RATES), draw(st.integers(1, 100_000))
    numerator, denominator = (rate / 100).as_integer_ratio()
    if draw(st.booleans()):
        net, gross = amount, amount + round_ratio(amount * numerator, denominator)
    else:
        gross = amount
        net = gross - round_ratio(gross * numerator, denominator + numerator)
    return Charged(gross=gross, net=net, tax_rate=rate, paid=draw(st.integers(0, gross)))


def rounded(amount: Decimal) -> int:
    """By decimals, and not by the platform's own function."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


@given(st.lists(charged(), min_size=1, max_size=60))
def test_the_sums_are_those_of_the_standard(lines: list[Charged]) -> None:
    totals = sum_up(lines)
    assert sum(totals.nets) == totals.net == sum(one.net for one in totals.taxes)  # BR-CO-10, BR-CO-13
    assert totals.tax == sum(one.tax for one in totals.taxes)  # BR-CO-14
    assert totals.gross == totals.net + totals.tax  # BR-CO-15
    assert totals.due == totals.gross - totals.paid + totals.rounding  # BR-CO-16
    assert [one.rate for one in totals.taxes] == sorted({line.tax_rate for line in lines})  # BR-S-01 and its like
    for one in totals.taxes:
        assert one.tax == rounded(one.net * one.rate / 100)  # BR-CO-17
        assert one.net == sum(  # BR-S-08 and its like
            net for net, line in zip(totals.nets, lines, strict=True) if line.tax_rate == one.rate
        )


@given(st.lists(charged(), min_size=1, max_size=60))
def test_what_is_owed_is_what_was_charged(lines: list[Charged]) -> None:
    totals = sum_up(lines)
    assert totals.due == sum(line.gross - line.paid for line in lines)
    assert abs(totals.rounding) <= len(totals.taxes)


@given(st.lists(charged(), min_size=1, max_size=60))
def test_a_lines_net_is_near_to_what_it_was_charged_with(lines: list[Charged]) -> None:
    for net, line in zip(sum_up(lines).nets, lines, strict=True):
        assert abs(net - line.net) <= 2


@given(charged())
def test_a_single_stay_keeps_its_own_tax_but_for_a_minor_unit(line: Charged) -> None:
    totals = sum_up([line])
    assert abs(totals.net - line.net) <= 1


def test_a_gross_that_no_net_leads_to_is_rounded_to() -> None:
    """Of 19 %, 0.11 net is 0.13 and 0.12 net is 0.14; of 1.00 it is 0.84 and 0.16."""
    totals = sum_up([Charged(gross=100, net=84, tax_rate=Decimal(19), paid=0)])
    assert (totals.net, totals.tax, totals.rounding, totals.due) == (84, 16, 0, 100)
    totals = sum_up([Charged(gross=3, net=2, tax_rate=Decimal(25), paid=0)])
    assert (totals.net, totals.tax, totals.rounding) == (2, 1, 0)
    totals = sum_up([Charged(gross=4, net=3, tax_rate=Decimal(50), paid=0)])
    assert (totals.net, totals.tax, totals.rounding, totals.due) == (3, 2, -1, 4)
