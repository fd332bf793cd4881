"""SQL that several commands share."""

AFTER = """jsonb_build_object('locationId', place.location_id, 'total', place.capacity, 'occupied', place.occupied,
            'available', greatest(place.capacity - place.occupied, 0), 'overstays', place.overstays,
            'byType', place.by_type, 'version', place.version)"""
"""A location's occupancy after a change, for the event's data (`events.OccupancyAfter`)."""
