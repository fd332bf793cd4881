"""The sites of the demo tenants: invented, at places that look the part."""

from .site_plans import DemoTenant, SitePlan, VisitKind

_ROUND_THE_CLOCK = (3, 3, 3, 3, 4, 6, 8, 8, 7, 6, 6, 6, 6, 6, 6, 7, 8, 9, 10, 10, 9, 7, 5, 4)
_WORKING_DAY = (1, 1, 1, 1, 2, 5, 9, 11, 11, 10, 9, 8, 7, 8, 9, 9, 8, 6, 4, 3, 2, 2, 1, 1)
_EVENING = (3, 2, 2, 2, 2, 3, 4, 4, 4, 4, 4, 4, 5, 6, 7, 9, 12, 14, 15, 13, 10, 8, 6, 4)
_SHOPS = (0, 0, 0, 0, 0, 0, 2, 5, 9, 11, 12, 12, 10, 9, 9, 10, 12, 13, 11, 7, 3, 1, 0, 0)
_COMMUTERS = (1, 1, 1, 1, 1, 3, 10, 24, 26, 12, 6, 6, 7, 6, 6, 5, 5, 6, 7, 5, 3, 2, 2, 1)
_EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

TRUCK_TERMINAL = SitePlan(
    name="Uran Road Truck Terminal",
    address="Plot 14, Uran Road, Navi Mumbai 400702",
    latitude=18.9013,
    longitude=73.0129,
    timezone="Asia/Kolkata",
    capacity=240,
    capacities={"trailer": 110, "truck": 150},
    allowed_stay_minutes=48 * 60,
    gates={"North entry": "entry", "South entry": "entry", "Weighbridge exit": "exit", "South exit": "exit"},
    arrivals_a_day=130,
    by_weekday=(1.05, 1.0, 1.0, 1.05, 1.1, 0.85, 0.55),
    by_hour=_ROUND_THE_CLOCK,
    visits=(
        VisitKind(
            vehicle_type="truck", share=0.46, median_hours=24, spread=0.7, returning=0.8, announced=0.3, paying=0.6
        ),
        VisitKind(
            vehicle_type="trailer", share=0.36, median_hours=33, spread=0.65, returning=0.85, announced=0.45, paying=0.4
        ),
        VisitKind(vehicle_type="van", share=0.12, median_hours=3, spread=0.8, returning=0.6),
        VisitKind(vehicle_type="car", share=0.06, median_hours=2, spread=0.9, returning=0.5),
    ),
)
CONTAINER_YARD = SitePlan(
    name="Kalamboli Container Yard",
    address="Sector 9E, Steel Market Road, Kalamboli 410218",
    latitude=19.0285,
    longitude=73.1018,
    timezone="Asia/Kolkata",
    capacity=90,
    capacities={"trailer": 70},
    allowed_stay_minutes=72 * 60,
    gates={"Main gate": "both", "Customs gate": "both"},
    arrivals_a_day=40,
    by_weekday=(1.1, 1.05, 1.0, 1.0, 1.05, 0.8, 0.4),
    by_hour=_WORKING_DAY,
    visits=(
        VisitKind(
            vehicle_type="trailer", share=0.74, median_hours=30, spread=0.75, returning=0.9, announced=0.6, paying=0.35
        ),
        VisitKind(
            vehicle_type="truck", share=0.26, median_hours=12, spread=0.8, returning=0.75, announced=0.3, paying=0.6
        ),
    ),
    attended=0.9,
)
CITY_LOT = SitePlan(
    name="Station Road City Lot",
    address="22 Station Road, Thane West 400601",
    latitude=19.1869,
    longitude=72.9754,
    timezone="Asia/Kolkata",
    capacity=48,
    capacities={"motorcycle": 20},
    allowed_stay_minutes=12 * 60,
    gates={"Entry": "entry", "Exit": "exit"},
    arrivals_a_day=92,
    by_weekday=(0.9, 0.9, 0.95, 1.0, 1.15, 1.35, 1.1),
    by_hour=_SHOPS,
    visits=(
        VisitKind(vehicle_type="car", share=0.6, median_hours=2.2, spread=0.75, returning=0.55, paying=1.0),
        VisitKind(vehicle_type="motorcycle", share=0.32, median_hours=3, spread=0.8, returning=0.7, paying=1.0),
        VisitKind(vehicle_type="van", share=0.08, median_hours=0.8, spread=0.6, returning=0.7, paying=1.0),
    ),
    opening_hours={day: [("06:00", "23:30")] for day in _EVERY_DAY},
    payment_required=True,
    attended=0.8,
)
TRUCK_PARK = SitePlan(
    name="Truckpark Zaanhaven",
    address="Sluispolderweg 60, 1505 HK Zaandam",
    latitude=52.4291,
    longitude=4.8103,
    timezone="Europe/Amsterdam",
    capacity=80,
    capacities={"trailer": 60},
    allowed_stay_minutes=45 * 60,
    gates={"In": "entry", "Uit": "exit"},
    arrivals_a_day=68,
    by_weekday=(1.0, 1.05, 1.05, 1.1, 1.0, 0.75, 0.6),
    by_hour=_EVENING,
    visits=(
        VisitKind(
            vehicle_type="trailer", share=0.62, median_hours=13, spread=0.55, returning=0.75, announced=0.4, paying=0.5
        ),
        VisitKind(
            vehicle_type="truck", share=0.28, median_hours=10, spread=0.6, returning=0.7, announced=0.3, paying=0.6
        ),
        VisitKind(vehicle_type="van", share=0.1, median_hours=8, spread=0.7, returning=0.5),
    ),
    attended=0.3,
)
GARAGE = SitePlan(
    name="Parking Noorderdokken",
    address="Londenstraat 31, 2000 Antwerpen",
    latitude=51.2335,
    longitude=4.4072,
    timezone="Europe/Brussels",
    capacity=72,
    capacities={"motorcycle": 10},
    allowed_stay_minutes=24 * 60,
    gates={"Londenstraat": "entry", "Kattendijk": "both", "Uitgang": "exit"},
    arrivals_a_day=84,
    by_weekday=(1.1, 1.15, 1.15, 1.1, 1.0, 0.7, 0.4),
    by_hour=_COMMUTERS,
    visits=(
        VisitKind(vehicle_type="car", share=0.48, median_hours=8.4, spread=0.16, returning=0.92, paying=0.6),
        VisitKind(vehicle_type="car", share=0.4, median_hours=1.9, spread=0.7, returning=0.4, paying=0.95),
        VisitKind(vehicle_type="van", share=0.07, median_hours=2.5, spread=0.8, returning=0.6, paying=0.8),
        VisitKind(vehicle_type="motorcycle", share=0.05, median_hours=7.5, spread=0.4, returning=0.85),
    ),
    attended=0.2,
)

DEMO_TENANTS = (
    DemoTenant(slug="acme", region="india", sites=(TRUCK_TERMINAL, CONTAINER_YARD, CITY_LOT)),
    DemoTenant(slug="globex", region="low-countries", sites=(TRUCK_PARK, GARAGE)),
)
