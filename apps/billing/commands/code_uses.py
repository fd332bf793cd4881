"""Giving a discount code for a stay, and taking it back.

A use counts from when the code is given, whatever the stay comes to cost: so a limit is never passed by stays that are
still parked. Taken back before the exit, it counts no more. The code's row is locked before its uses are counted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.billing.applicable_rates import ApplicableRate
from apps.billing.declared_facts import FactValue
from apps.billing.known_stays import governing_rate
from apps.billing.models import CodeUse, DiscountCode
from apps.billing.plates import key_of
from apps.billing.stays import StayFacts, get_stay
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict

from .discount_codes import UnknownDiscountCode, code_key
from .lenders import is_worth_something, lent_to
from .stay_facts import Facts, add_facts, lock_open_account, withdraw_facts


class CodeExpired(Conflict):
    code, title = "code_expired", "This code does not hold now"


class CodeUsedUp(Conflict):
    code, title = "code_used_up", "This code has been used as often as it may be"


class CodeUsedAlready(Conflict):
    code, title = "code_used_already", "This vehicle has used the code already"


class CodeNotValidHere(Conflict):
    code, title = "code_not_valid_here", "This code holds elsewhere or for other vehicles"


class CodeNotGiven(Conflict):
    code, title = "code_not_given", "This stay has no such code"


@transaction.atomic
def use_code(*, stay_id: UUID, code: str, actor: Actor, at: datetime) -> Facts:
    """Lend a code's facts to an open stay at `at` (UTC); gives all that is known of the stay.

    Raises StayNotFound, StayEnded, UnknownDiscountCode, CodeExpired, CodeNotValidHere, CodeUsedUp, CodeUsedAlready.
    """
    stay = get_stay(stay_id)
    account = lock_open_account(stay, at=at)
    found = DiscountCode.objects.select_for_update().filter(code_key=code_key(code)).first()
    require_usable(found, stay=stay, rate=governing_rate(stay), at=at)
    assert found is not None
    CodeUse.objects.create(
        code=found,
        stay_id=stay_id,
        plate_key=_vehicle(stay),
        facts=found.facts,
        used_at=at,
        used_by=actor.id,
    )
    known = add_facts(account, found.facts)
    told = {"code": found.code}
    audit.record("stay.code_used", audit.Subject("parking_entry", stay_id), actor=actor, after=told)
    return known


@transaction.atomic
def take_code_back(*, stay_id: UUID, code: str, actor: Actor, at: datetime) -> Facts:
    """Undo the use of a code before the exit; gives what is still known of the stay.

    Raises StayNotFound, StayEnded, CodeNotGiven.
    """
    stay = get_stay(stay_id)
    account = lock_open_account(stay, at=at)
    use = CodeUse.objects.filter(stay_id=stay_id, code__code_key=code_key(code)).first()
    if use is None:
        raise CodeNotGiven("Look at the stay's codes; this one was not given for it.")
    use.delete()
    known = withdraw_facts(account, use.facts, still_lent=lent_to(stay_id))
    told = {"code": code_key(code)}
    audit.record("stay.code_taken_back", audit.Subject("parking_entry", stay_id), actor=actor, after=told)
    return known


def forget_vehicles(*, stay_ids: Sequence[UUID]) -> None:
    """Erase the plates of stays from what billing keeps besides; the uses themselves stay counted."""
    CodeUse.objects.filter(stay_id__in=list(stay_ids)).update(plate_key="")


def facts_of_codes(codes: Sequence[str], *, stay: StayFacts, rate: ApplicableRate | None, at: datetime) -> Facts:
    """What codes would lend to a stay, for a quote: nothing is counted. Raises what `use_code` does."""
    lent: dict[str, FactValue] = {}
    for code in codes:
        found = DiscountCode.objects.filter(code_key=code_key(code)).first()
        if found is not None and found.uses.filter(stay_id=stay.stay_id).exists():
            continue  # it is given already
        require_usable(found, stay=stay, rate=rate, at=at)
        assert found is not None
        lent |= found.facts
    return lent


def require_usable(code: DiscountCode | None, *, stay: StayFacts, rate: ApplicableRate | None, at: datetime) -> None:
    """Raises the refusal of a code that may not be used for this stay at this instant."""
    if code is None or not code.active:
        raise UnknownDiscountCode("Check how it is written, or that it was not withdrawn.")
    if code.valid_from is not None and at < code.valid_from:
        raise CodeExpired(f"It holds from {code.valid_from:%Y-%m-%d %H:%M} UTC.")
    if code.valid_until is not None and at >= code.valid_until:
        raise CodeExpired(f"It held until {code.valid_until:%Y-%m-%d %H:%M} UTC.")
    if code.location_ids and stay.location_id not in code.location_ids:
        raise CodeNotValidHere("It does not hold at this location.")
    if code.vehicle_types and stay.vehicle_type not in code.vehicle_types:
        raise CodeNotValidHere(f"It does not hold for a {stay.vehicle_type}.")
    if not is_worth_something(code.facts, rate):
        raise CodeNotValidHere("The price list of this stay gives nothing for it.")
    _require_uses_left(code, stay=stay, at=at)


def _require_uses_left(code: DiscountCode, *, stay: StayFacts, at: datetime) -> None:
    if code.uses.filter(stay_id=stay.stay_id).exists():
        raise CodeUsedAlready("It was given for this stay.")
    most, vehicle = code.max_per_vehicle, _vehicle(stay)
    if most is not None and vehicle and code.uses.filter(plate_key=vehicle).count() >= most:
        raise CodeUsedAlready(f"A vehicle may use it {most} times.")
    if code.max_uses is not None and code.uses.count() >= code.max_uses:
        raise CodeUsedUp(f"It was good for {code.max_uses} uses.")
    if code.max_per_day is not None:
        begin, end = day_of(at)
        if code.uses.filter(used_at__gte=begin, used_at__lt=end).count() >= code.max_per_day:
            raise CodeUsedUp(f"It is good for {code.max_per_day} uses a day; try tomorrow.")


def day_of(at: datetime) -> tuple[datetime, datetime]:
    """The day of the tenant's calendar that an instant is in, half-open."""
    zone = ZoneInfo(tenancy.current().timezone)
    begin = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    following = (begin + timedelta(days=1, hours=2)).replace(hour=0)
    return begin, following


def _vehicle(stay: StayFacts) -> str:
    return key_of(stay.vehicle_number) if stay.vehicle_number else ""
