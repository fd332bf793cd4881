"""A stay with all that its price depends on: what it says, what its account adds, what the vehicle did before.

Whoever prices a stay asks here, so that a quote, a payment before the exit and the exit itself cannot differ.
"""

from .applicable_rates import ApplicableRate, find_applicable_rate
from .models import StayFee
from .permit_places import with_permit
from .stay_accounts import with_account
from .stays import StayFacts
from .vehicle_stays import with_visits


def governing_rate(stay: StayFacts) -> ApplicableRate | None:
    """The rate that prices a stay: the one in force at its entry."""
    return find_applicable_rate(vehicle_type=stay.vehicle_type, location_id=stay.location_id, at=stay.entry_at)


def known_stay(
    stay: StayFacts, *, account: StayFee | None, rate: ApplicableRate | None, ending: bool = False
) -> StayFacts:
    """The stay as `rate` prices it. One that has its fee is as it was charged.

    `ending`: in the transaction of its exit, in which the permits of its vehicle are locked.
    """
    known = with_account(stay, account)
    if account is None or account.is_open:
        known = with_permit(known, lock=ending)
    return with_visits(known, rate)
