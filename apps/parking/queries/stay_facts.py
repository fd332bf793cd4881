"""Stays as billing wants them: one by one, many by their ids, and those of a haulier. Fills billing's ports."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Value
from django.db.models.functions import Lower, Replace

from apps.billing.public import StayFacts
from apps.parking.models import ParkingEntry


def facts_of(entry: ParkingEntry) -> StayFacts:
    """What billing prices a stay by and prints of it; `entry.location` is read with it."""
    return StayFacts(
        stay_id=entry.id,
        location_id=entry.location_id,
        vehicle_type=entry.vehicle_type,
        entry_at=entry.entry_time,
        exit_at=entry.exit_time,
        allowed_until=entry.allowed_until,
        payment_required=entry.location.payment_required,
        shift_required=entry.location.shift_required,
        vehicle_number=entry.vehicle_number,
        transport_name=entry.transport_name,
    )


def list_stay_facts(stay_ids: Collection[UUID]) -> dict[UUID, StayFacts]:
    """The facts of these stays by id, within reach."""
    entries = ParkingEntry.objects.select_related("location").filter(id__in=list(stay_ids))
    return {entry.id: facts_of(entry) for entry in entries}


def stays_of_haulier(transport_name: str, since: datetime, until: datetime) -> list[UUID]:
    """The stays of a haulier that ended from `since` until before `until` (UTC); case and spaces do not count."""
    ended = ParkingEntry.objects.filter(exit_time__gte=since, exit_time__lt=until).exclude(transport_name="")
    key = Lower(Replace("transport_name", Value(" "), Value("")))
    wanted = "".join(transport_name.lower().split())
    return list(ended.annotate(haulier=key).filter(haulier=wanted).values_list("id", flat=True))
