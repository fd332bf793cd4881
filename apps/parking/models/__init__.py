"""Sites, gates, vehicles' stays and how full each site is; one set in each tenant's schema."""

from .entries import EntryStatus, ParkingEntry, Source
from .retention import RetentionRule
from .sites import Gate, Location, Occupancy, VehicleType

__all__ = ["EntryStatus", "Gate", "Location", "Occupancy", "ParkingEntry", "RetentionRule", "Source", "VehicleType"]
