"""The stays of vehicles by their plates, as billing asks for them; fills its port."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.billing.public import StayFacts
from apps.parking.models import ParkingEntry

from .stay_facts import facts_of


def open_stays(plate_keys: Sequence[str]) -> list[StayFacts]:
    """The open stays of these vehicles, wherever they are: who shares a permit's places does not depend on who asks."""
    parked = ParkingEntry._base_manager.select_related("location").filter(
        plate_key__in=list(plate_keys), exit_time=None
    )
    return [facts_of(entry) for entry in parked]


def earlier_visits(
    plate_key: str, location_id: UUID, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """Entry and exit of a vehicle's stays at a location that ended after `since` and by `until` (UTC), in order."""
    ended = ParkingEntry.objects.filter(
        plate_key=plate_key, location_id=location_id, exit_time__gt=since, exit_time__lte=until
    )
    spans = ended.order_by("entry_time").values_list("entry_time", "exit_time")
    return [(entered, left) for entered, left in spans if left is not None]
