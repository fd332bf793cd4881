from django.apps import AppConfig


class ParkingConfig(AppConfig):
    name = "apps.parking"
    label = "parking"

    def ready(self) -> None:
        from apps.auth.public import register_location_lookup
        from apps.billing.public import (
            register_place_checks,
            register_place_lookup,
            register_plate_key,
            register_stay_lookup,
            register_stays_lookup,
            register_vehicle_stays,
        )

        from .plates import plate_key
        from .queries.overstays import find_stay_facts
        from .queries.sites import existing_locations, has_location, has_vehicle_type, places
        from .queries.stay_facts import list_stay_facts, stays_of_haulier
        from .queries.vehicle_stays import earlier_visits, open_stays

        register_plate_key(plate_key)
        register_stay_lookup(find_stay_facts)
        register_stays_lookup(list_stay_facts, of_haulier=stays_of_haulier)
        register_vehicle_stays(open_stays=open_stays, earlier_visits=earlier_visits)
        register_place_lookup(places)
        register_location_lookup(existing_locations)
        register_place_checks(has_vehicle_type=has_vehicle_type, has_location=has_location)
