"""Reading prices, fees and receipts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from apps.core.errors import NotFound

from .applicable_rates import find_applicable_rate
from .commands.code_uses import facts_of_codes
from .commands.rate_versions import RateNotFound
from .declared_facts import FactValue
from .known_stays import governing_rate, known_stay
from .models import Payment, RateStatus, RateStructure, StayFee, TariffPlan, TariffSimulation
from .models.stay_fees import STILL_PARKED
from .pricing import NO_RATE, PricedStay, price_under
from .stay_accounts import find_account
from .stays import StayFacts


class NoApplicableRate(NotFound):
    code, title = NO_RATE, "No rate applies to this vehicle type, location and time"


class ReceiptNotFound(NotFound):
    code, title = "receipt_not_found", "There is no such receipt here"


class SimulationNotFound(NotFound):
    code, title = "simulation_not_found", "There is no such simulation here"


class FeeNotFound(NotFound):
    code, title = "fee_not_found", "There is no fee of such a stay here"


def quote_stay(*, stay: StayFacts, at: datetime) -> PricedStay:
    """What a stay would cost if it ended at its `exit_at`, or at `at` (UTC) where it has none; writes nothing.

    What was paid or told of it before counts, and the vehicle's earlier visits where the plan asks for them. Raises
    InvalidStay for an end before the entry.
    """
    rate = governing_rate(stay)
    known = known_stay(stay, account=find_account(stay), rate=rate)
    return price_under(rate, stay=known, until=stay.exit_at or at)


def get_facts_of_codes(*, codes: Sequence[str], stay: StayFacts, at: datetime) -> dict[str, FactValue]:
    """What discount codes would lend to a stay at `at` (UTC). Raises what using them would."""
    rate = governing_rate(stay)
    return facts_of_codes(codes, stay=stay, rate=rate, at=at)


def list_rates(
    *,
    at: datetime,
    vehicle_type: str | None = None,
    location_id: UUID | None = None,
    status: RateStatus | None = None,
) -> QuerySet[RateStructure]:
    """Versions of rates, newest first: those that have not ended at `at` (UTC), or those of a status."""
    ended = Q(status=RateStatus.RETIRED) | Q(status=RateStatus.ACTIVE, expiry_at__lte=at)
    rates = RateStructure.objects.order_by("-id")
    if vehicle_type is not None:
        rates = rates.filter(vehicle_type=vehicle_type)
    if location_id is not None:
        rates = rates.filter(location_id=location_id)
    if status == RateStatus.RETIRED:
        return rates.filter(ended)
    return rates.exclude(ended) if status is None else rates.exclude(ended).filter(status=status)


def get_rate(*, rate_id: UUID, version: int | None = None) -> RateStructure:
    """A version of a rate, the latest where none is named. Raises RateNotFound."""
    versions = RateStructure.objects.filter(rate_id=rate_id)
    rate = versions.order_by("-version").first() if version is None else versions.filter(version=version).first()
    if rate is None:
        raise RateNotFound("Check the rate's id; it is not one of this tenant.")
    return rate


def get_applicable_rate(*, vehicle_type: str, location_id: UUID | None, at: datetime) -> RateStructure:
    """The version that governs a stay which enters at `at` (UTC). Raises NoApplicableRate."""
    found = find_applicable_rate(vehicle_type=vehicle_type, location_id=location_id, at=at)
    if found is None:
        raise NoApplicableRate(f"Make a rate for {vehicle_type} that is in force at {at:%Y-%m-%dT%H:%M:%SZ}.")
    return get_rate(rate_id=found.rate_id, version=found.version)


def list_fees(*, stay_ids: Iterable[UUID]) -> dict[UUID, StayFee]:
    """The recorded fees of these stays by stay id; a stay that has not ended has none."""
    return StayFee.objects.exclude(unpriced_reason=STILL_PARKED).in_bulk(list(stay_ids))


def get_fee(*, stay_id: UUID) -> StayFee:
    """The recorded fee of a stay that has ended. Raises FeeNotFound."""
    fee = StayFee.objects.filter(stay_id=stay_id).exclude(unpriced_reason=STILL_PARKED).first()
    if fee is None:
        raise FeeNotFound("Check the entry's id; a stay of this tenant has a fee once it has ended.")
    return fee


def find_plan(*, plan_hash: str) -> dict[str, Any] | None:
    """The document of a plan that was ever in force, by its hash."""
    kept = TariffPlan.objects.filter(hash=plan_hash).first()
    return None if kept is None else msgspec.json.decode(kept.document)


def list_ended_fees(*, sample: int | None = None) -> Iterator[StayFee]:
    """All fees of stays that have ended, read in batches; or so many by chance."""
    fees = StayFee.objects.exclude(unpriced_reason=STILL_PARKED)
    found = fees.order_by("pk") if sample is None else fees.order_by("?")[:sample]
    return found.iterator(chunk_size=2_000)


def list_simulations(*, rate_id: UUID | None = None) -> QuerySet[TariffSimulation]:
    """Simulations of the last 30 days, newest first: of one rate or of all."""
    found = TariffSimulation.objects.order_by("-id")
    return found if rate_id is None else found.filter(rate_id=rate_id)


def get_simulation(*, simulation_id: UUID) -> TariffSimulation:
    """A simulation of the last 30 days. Raises SimulationNotFound."""
    simulation = TariffSimulation.objects.filter(id=simulation_id).first()
    if simulation is None:
        raise SimulationNotFound("Check its id; simulations are kept for 30 days.")
    return simulation


def get_receipt(*, number: str) -> Payment:
    """The payment behind a receipt, with its fee. Raises ReceiptNotFound."""
    payment = Payment.objects.select_related("stay").filter(receipt_number=number).first()
    if payment is None:
        raise ReceiptNotFound("Check the receipt's number; it is not one of this tenant.")
    return payment
