"""Whose stay a permit covers: its vehicles share its places in the order in which they came in.

Nothing is written when a vehicle enters. Who holds a place follows from the entries of the permit's vehicles that are
parked, and from the claims of those that have left; so quote and exit agree, and no event need have been delivered.
An exit locks the permit, decides, and records its claim, so that never more than its places are claimed for one moment.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from .models import Permit, PermitClaim
from .permit_terms import PermitTerms, PermitWindow
from .places import get_places
from .plates import key_of
from .stays import StayFacts
from .vehicle_stays import list_open_stays


def with_permit(stay: StayFacts, *, lock: bool) -> StayFacts:
    """The stay with the first of its vehicle's permits under which it holds a place, if any.

    `lock`: the permits' rows are locked until the caller's transaction ends, before any other row of billing's.
    """
    if not stay.vehicle_number:
        return stay
    permits = Permit.objects.filter(active=True, vehicles__plate_key=key_of(stay.vehicle_number)).order_by("id")
    for permit in permits.select_for_update(of=("self",)) if lock else permits:
        terms = terms_of(permit, stay)
        if _is_for(permit, stay, terms) and _holds_place(permit, stay):
            return msgspec.structs.replace(stay, permit=terms, facts={**terms.facts, **stay.facts})
    return stay


def claim_place(stay: StayFacts) -> None:
    """Record the place that an ended stay held, in the transaction that locked the permit."""
    if stay.permit is not None and stay.exit_at is not None and stay.exit_at > stay.entry_at:
        PermitClaim.objects.create(
            stay_id=stay.stay_id, permit_id=stay.permit.id, entered_at=stay.entry_at, left_at=stay.exit_at
        )


def terms_of(permit: Permit, stay: StayFacts) -> PermitTerms:
    """A permit as it covers a stay, by the clocks of the stay's location."""
    return PermitTerms(
        id=permit.id,
        number=permit.number,
        zone=get_places([stay.location_id])[stay.location_id].timezone,
        valid_from=permit.valid_from,
        valid_until=permit.valid_until,
        windows=msgspec.convert(permit.windows, tuple[PermitWindow, ...]),
        facts=permit.facts,
    )


def _is_for(permit: Permit, stay: StayFacts, terms: PermitTerms) -> bool:
    """Whether the permit is for this location and type, and holds on the day of the entry."""
    if permit.location_ids and stay.location_id not in permit.location_ids:
        return False
    if permit.vehicle_types and stay.vehicle_type not in permit.vehicle_types:
        return False
    day = stay.entry_at.astimezone(ZoneInfo(terms.zone)).date()
    return permit.valid_from <= day and (permit.valid_until is None or day < permit.valid_until)


def _holds_place(permit: Permit, stay: StayFacts) -> bool:
    keys = list(permit.vehicles.values_list("plate_key", flat=True))
    others = [
        other
        for other in list_open_stays(keys)
        if other.stay_id != stay.stay_id and _is_for(permit, other, terms_of(permit, other))
    ]
    earlier = sorted(
        [each for each in others if (each.entry_at, each.stay_id) < (stay.entry_at, stay.stay_id)],
        key=lambda each: (each.entry_at, each.stay_id),
    )
    first = earlier[0].entry_at if earlier else stay.entry_at
    under_way = [stay.stay_id, *[each.stay_id for each in earlier]]
    claims = permit.claims.filter(left_at__gt=first).exclude(stay_id__in=under_way)
    held: list[tuple[datetime, datetime | None]] = list(claims.values_list("entered_at", "left_at"))
    for each in earlier:
        if _inside(held, each.entry_at) < permit.places:
            held.append((each.entry_at, None))
    if _inside(held, stay.entry_at) >= permit.places:
        return False
    # what was back-dated may have been claimed by others since
    claimed = [entered for entered, left in held if left is not None and entered > stay.entry_at]
    until = stay.exit_at
    return all(_inside(held, at) < permit.places for at in claimed if until is None or at < until)


def _inside(held: list[tuple[datetime, datetime | None]], at: datetime) -> int:
    return sum(1 for entered, left in held if entered <= at and (left is None or at < left))
