"""Every write of parking."""

from .entries import RecordedEntry, record_vehicle_entry
from .exits import ExitDetails, RecordedExit, record_vehicle_exit
from .overstays import mark_overstays
from .sites import LocationDetails, add_gate, add_vehicle_type, change_location, create_location

__all__ = [
    "ExitDetails",
    "LocationDetails",
    "RecordedEntry",
    "RecordedExit",
    "add_gate",
    "add_vehicle_type",
    "change_location",
    "create_location",
    "mark_overstays",
    "record_vehicle_entry",
    "record_vehicle_exit",
]
