"""Every read of parking."""

from .entries import EntryFilter, EntryNotFound, get_entry, search_parking_entries
from .occupancy import OccupancySnapshot, get_current_occupancy, get_past_occupancy

__all__ = [
    "EntryFilter",
    "EntryNotFound",
    "OccupancySnapshot",
    "get_current_occupancy",
    "get_entry",
    "get_past_occupancy",
    "search_parking_entries",
]
