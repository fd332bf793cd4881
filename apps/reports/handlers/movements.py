"""Counting vehicles that come, go and stay too long."""

from collections.abc import Sequence

from apps.core.events import Envelope
from apps.parking.events import OverstayDetected, VehicleEntered, VehicleExited
from apps.reports.models import MovementCount
from apps.reports.quarter_hours import quarter_hour_of

from .sums import Sums, events_of

HEARD = (VehicleEntered, VehicleExited, OverstayDetected)


def count_movements(envelopes: Sequence[Envelope], generation: int) -> None:
    """Add these events to the movements of a generation. Raises UnknownEvent."""
    counts = Sums(
        MovementCount,
        key=("quarter_hour", "location_id", "vehicle_type"),
        amounts=("entries", "exits", "stay_minutes", "overstays"),
    )
    for event in events_of(envelopes, *HEARD):
        match event:
            case VehicleEntered(entry_time=at, location_id=place, vehicle_type=kind):
                counts.add(quarter_hour_of(at), place, kind, entries=1)
            case VehicleExited(exit_time=at, location_id=place, vehicle_type=kind, duration=minutes):
                counts.add(quarter_hour_of(at), place, kind, exits=1, stay_minutes=minutes)
            case OverstayDetected(allowed_until=at, location_id=place, vehicle_type=kind):
                counts.add(quarter_hour_of(at), place, kind, overstays=1)
    counts.write(generation)
