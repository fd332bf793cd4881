"""The price of a stay of this tenant, by the rate that governs it."""

from datetime import datetime
from uuid import UUID

import msgspec

from .applicable_rates import ApplicableRate, find_applicable_rate
from .paid_before import KnownPayments, foresees_payments, price_by_payments
from .permit_terms import PermitTerms
from .stays import StayFacts
from .tariff import Fee, Line, Stay, Unpriceable, Visit, price
from .tariff.stay import MOST_VISITS, elapsed_seconds, started_minutes

NO_RATE = "no_applicable_rate"
_WITHIN_GRACE = Line("exit_grace", "Left within the exit grace: the time after the payment is free", 1, 0, 0)


class PricedStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay's fee and the rate behind it; without a price `fee` is None and `unpriced_reason` is a code,
    which `unpriced_detail` explains where the plan itself refused."""

    fee: Fee | None = None
    rate: ApplicableRate | None = None
    unpriced_reason: str = ""
    unpriced_detail: str = ""

    @property
    def total(self) -> int | None:
        """What is to be paid, in minor units."""
        return None if self.fee is None else self.fee.total

    @property
    def rate_id(self) -> UUID | None:
        return self.rate.rate_id if self.rate else None

    @property
    def rate_version(self) -> int | None:
        return self.rate.version if self.rate else None


def price_stay(*, stay: StayFacts, until: datetime) -> PricedStay:
    """Price a stay until `until` (UTC) by the rate in force at its entry; writes nothing.

    Entry governs, so that a price cannot change under a parked vehicle. Raises InvalidStay.
    """
    rate = find_applicable_rate(vehicle_type=stay.vehicle_type, location_id=stay.location_id, at=stay.entry_at)
    return price_under(rate, stay=stay, until=until)


def price_under(rate: ApplicableRate | None, *, stay: StayFacts, until: datetime) -> PricedStay:
    """Price a stay by a rate that is at hand. Raises InvalidStay.

    Payments before the exit that billing has itself (`paid_until` is known) are told a plan that says what holds after
    them. Another one prices the whole stay; an exit within the grace owes no more than at the last payment.
    """
    if rate is None:
        return PricedStay(unpriced_reason=NO_RATE)
    if stay.permit is not None and not stay.permit.facts:
        return _beside_permit(rate, stay, stay.permit, until)
    return _whole(rate, stay, until)


def _beside_permit(rate: ApplicableRate, stay: StayFacts, permit: PermitTerms, until: datetime) -> PricedStay:
    """The time that a permit does not cover: each span as a stay of its own, those before it being earlier visits."""
    covered = permit.covered(stay.entry_at, until)
    if not covered:
        return _whole(rate, stay, until)
    bare = msgspec.structs.replace(stay, permit=None, paid_at=(), paid_until=None)
    # what a stay of no time costs says the tax rate, where the permit covers all
    fee = _whole(rate, msgspec.structs.replace(bare, allowed_until=None), stay.entry_at).fee
    lines, visits = [Line("permit", f"Covered by permit {permit.number}", 1, 0, 0)], list(stay.earlier_visits)
    for begin, end in permit.uncovered(stay.entry_at, until):
        part = msgspec.structs.replace(bare, entry_at=begin, earlier_visits=tuple(visits[-MOST_VISITS:]))
        priced = _whole(rate, part, end)
        if priced.fee is None:
            return priced
        fee = priced.fee
        lines += fee.lines
        visits.append(Visit(entry_at=begin, exit_at=end))
    if fee is None:
        return PricedStay(rate=rate, unpriced_reason="not_priced", unpriced_detail="The plan has no price for it.")
    minutes = started_minutes(elapsed_seconds(stay.entry_at, until))
    return PricedStay(fee=Fee(fee.currency, minutes, fee.tax_rate, tuple(lines)), rate=rate)


def _whole(rate: ApplicableRate, stay: StayFacts, until: datetime) -> PricedStay:
    payments = KnownPayments(stay.paid_at, stay.paid_until, foresees_payments(rate.plan))
    priced, in_grace = price_by_payments(
        payments, entry_at=stay.entry_at, until=until, price=lambda end, paid_at: _priced(rate, stay, end, paid_at)
    )
    if not in_grace or priced.fee is None:
        return priced
    noted = msgspec.structs.replace(priced.fee, lines=(*priced.fee.lines, _WITHIN_GRACE))
    return msgspec.structs.replace(priced, fee=noted)


def _priced(rate: ApplicableRate, stay: StayFacts, until: datetime, paid_at: tuple[datetime, ...]) -> PricedStay:
    timed = Stay(
        entry_at=stay.entry_at,
        exit_at=until,
        allowed_until=stay.allowed_until,
        facts={**stay.facts, "vehicleType": stay.vehicle_type},
        earlier_visits=stay.earlier_visits,
        paid_at=paid_at,
    )
    try:
        return PricedStay(fee=price(rate.plan, timed), rate=rate)
    except Unpriceable as error:
        return PricedStay(rate=rate, unpriced_reason=error.code, unpriced_detail=str(error))
