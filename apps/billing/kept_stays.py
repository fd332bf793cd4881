"""A stay of the past as its fee keeps it, priced by any plan in the very way in which the till prices one."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from .applicable_rates import ApplicableRate
from .lab.rerating import PastStay, Rerated, rerated
from .paid_before import KnownPayments, foresees_payments, price_by_payments
from .pricing import PricedStay, price_under
from .stay_accounts import PricedFrom
from .stays import StayFacts
from .tariff import CompiledPlan, InvalidStay, Plan

_NOBODY = UUID(int=0)
_read_told = msgspec.json.Decoder(PricedFrom).decode


def price_kept(
    plan: Plan | CompiledPlan,
    *,
    stay_id: UUID,
    location_id: UUID,
    vehicle_type: str,
    entry_at: datetime,
    ended_at: datetime,
    allowed_until: datetime | None,
    told: PricedFrom,
) -> PricedStay:
    """The price of a stay by what was kept of it; instants are UTC. Raises InvalidStay."""
    stay = StayFacts(
        stay_id=stay_id,
        location_id=location_id,
        vehicle_type=vehicle_type,
        entry_at=entry_at,
        exit_at=ended_at,
        allowed_until=allowed_until,
        facts=told.facts,
        earlier_visits=told.earlier_visits,
        paid_at=told.paid_at,
        paid_until=told.paid_until,
        permit=told.permit,
    )
    return price_under(ApplicableRate(_NOBODY, _NOBODY, 0, entry_at, None, plan), stay=stay, until=ended_at)


def pricer_of_told(plan: Plan | CompiledPlan) -> Callable[[PastStay], Rerated]:
    """Prices past stays of which more is known than times and vehicle type."""
    compiled = plan.compiled if isinstance(plan, Plan) else plan
    foreseen = foresees_payments(plan)

    def rerate(stay: PastStay) -> Rerated:
        told = _read_told(stay.told)
        if told.permit is not None:
            return _beside_permit(plan, stay, told)
        assert stay.entry_at is not None
        assert stay.ended_at is not None
        entry_at, allowed_until = stay.entry_at, stay.allowed_until
        facts, visits = {**told.facts, "vehicleType": stay.vehicle_type}, told.earlier_visits
        priced, _ = price_by_payments(
            KnownPayments(told.paid_at, told.paid_until, foreseen),
            entry_at=entry_at,
            until=stay.ended_at,
            price=lambda until, paid_at: rerated(
                compiled,
                entry_at=entry_at,
                ended_at=until,
                allowed_until=allowed_until,
                facts=facts,
                earlier_visits=visits,
                paid_at=paid_at,
            ),
        )
        return priced

    return rerate


def _beside_permit(plan: Plan | CompiledPlan, stay: PastStay, told: PricedFrom) -> Rerated:
    assert stay.entry_at is not None
    assert stay.ended_at is not None
    try:
        priced = price_kept(
            plan,
            stay_id=stay.stay_id,
            location_id=stay.location_id,
            vehicle_type=stay.vehicle_type,
            entry_at=stay.entry_at,
            ended_at=stay.ended_at,
            allowed_until=stay.allowed_until,
            told=told,
        )
    except InvalidStay as error:
        return Rerated(None, error.code, str(error))
    return Rerated(priced.total, priced.unpriced_reason, priced.unpriced_detail)
