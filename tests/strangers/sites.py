"""Sites, stays, events, the trail, personal data, rules and reports."""

from .attempts import CAR, MARCH, Attempt

AT_ACMES = CAR | {"locationId": "$location"}
PAST = "at=2026-03-01T00:00:00Z"

TRIES = {
    ("GET", "parking/entries"): [Attempt("parking/entries", 200), Attempt("parking/entries?q=MH12", 200)],
    ("POST", "parking/entries"): [Attempt("parking/entries", 404, "location_not_found", AT_ACMES)],
    ("POST", "parking/entries/validate"): [Attempt("parking/entries/validate", 404, "location_not_found", AT_ACMES)],
    ("GET", "parking/entries/<uuid:entry_id>"): [Attempt("parking/entries/{entry}", 404, "entry_not_found")],
    ("GET", "parking/entries/<uuid:entry_id>/overstay"): [
        Attempt("parking/entries/{entry}/overstay", 404, "entry_not_found")
    ],
    ("POST", "parking/exits"): [
        Attempt("parking/exits", 404, "not_parked", {"entryId": "$entry"}),
        Attempt("parking/exits", 404, "not_parked", {"entryId": "$left"}),
        Attempt("parking/exits", 404, "not_parked", {"vehicleNumber": "MH 12 AB 1234"}),
    ],
    ("GET", "parking/occupancy"): [
        Attempt("parking/occupancy", 200),
        Attempt(f"parking/occupancy?{PAST}", 200),
        Attempt("parking/occupancy?locationId={location}", 404, "location_not_found"),
        Attempt(f"parking/occupancy?locationId={{location}}&{PAST}", 404, "location_not_found"),
    ],
    ("GET", "parking/locations"): [Attempt("parking/locations", 200)],
    ("POST", "parking/locations"): [
        Attempt("parking/locations", 422, "invalid", {"name": "Haven", "capacity": 5, "capacities": {"tank-truck": 1}})
    ],
    ("GET", "parking/locations/<uuid:location_id>"): [
        Attempt("parking/locations/{location}", 404, "location_not_found")
    ],
    ("PATCH", "parking/locations/<uuid:location_id>"): [
        Attempt("parking/locations/{location}", 404, "location_not_found", {"capacity": 0})
    ],
    ("GET", "parking/locations/<uuid:location_id>/availability"): [
        Attempt("parking/locations/{location}/availability", 404, "location_not_found")
    ],
    ("GET", "parking/gates"): [Attempt("parking/gates", 200)],
    ("POST", "parking/gates"): [
        Attempt("parking/gates", 404, "location_not_found", {"locationId": "$location", "name": "Back door"})
    ],
    ("GET", "parking/vehicle-types"): [Attempt("parking/vehicle-types", 200, "own")],
    ("POST", "parking/vehicle-types"): [Attempt("parking/vehicle-types", 409, "name_taken", {"code": "car"})],
    ("GET", "events"): [
        Attempt("events?aggregateId={entry}", 200),
        Attempt("events?aggregateId={location}&fromVersion=1", 200),
        Attempt("events?type=VehicleEntered&from=2026-01-01T00:00:00Z", 200),
    ],
    ("POST", "events/replay"): [
        Attempt("events/replay", 409, "nothing_replayable", {"type": "VehicleEntered", "from": "2026-01-01T00:00:00Z"})
    ],
    ("GET", "parking/personal-data"): [
        Attempt("parking/personal-data?vehicleNumber=MH%2012%20AB%201234", 200, "file"),
        Attempt("parking/personal-data?driverName=Asha", 200, "file"),
        Attempt("parking/personal-data?userId={user}", 200, "file"),
    ],
    ("POST", "parking/personal-data/erasures"): [
        Attempt("parking/personal-data/erasures", 404, "nobody_found", {"entryIds": ["$left"], "reference": "1"})
    ],
    ("GET", "parking/personal-data/retention"): [Attempt("parking/personal-data/retention", 200)],
    ("PUT", "parking/personal-data/retention"): [Attempt("parking/personal-data/retention", 422, "invalid", {})],
    ("GET", "audit"): [Attempt("audit", 200, "own"), Attempt("audit?subject={location}", 200)],
    ("GET", "audit/export"): [Attempt("audit/export", 200, "file"), Attempt("audit/export?format=csv", 200, "file")],
    ("GET", "reports/revenue"): [
        Attempt(f"reports/revenue?{MARCH}", 200),
        Attempt(f"reports/revenue?{MARCH}&format=json&groupBy=month", 200),
        Attempt(f"reports/revenue?{MARCH}&locationId={{location}}", 404, "location_not_found"),
    ],
    ("GET", "rules/business-rules"): [Attempt("rules/business-rules", 200)],
    ("GET", "rules/business-rules/history"): [Attempt("rules/business-rules/history", 200)],
    ("PATCH", "rules/business-rules"): [
        Attempt("rules/business-rules", 412, "stale", {"security": {"maxLoginAttempts": 3}})
    ],
}
