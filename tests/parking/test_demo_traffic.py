"""The demo's live traffic: believable, through the commands, and without touching anybody's own vehicles."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from apps.billing.models import Payment, StayFee
from apps.core import tenancy
from apps.core.actor import SYSTEM
from apps.core.tenancy import TenantRef
from apps.parking.admission import EntryDetails
from apps.parking.commands import record_vehicle_entry
from apps.parking.models import Gate, Location, Occupancy, ParkingEntry
from apps.parking.simulation.demo import make_rates, open_site
from apps.parking.simulation.demo_sites import CITY_LOT, DEMO_TENANTS
from apps.parking.simulation.traffic import let_some_move
from apps.parking.simulation.typical import hour_of_week, typical_week
from apps.parking.tasks import demo_traffic
from config.celery import app

ACME = DEMO_TENANTS[0]
MORNING = datetime(2026, 3, 3, 5, 30, tzinfo=UTC)  # 11:00 in Kolkata, a Tuesday


@pytest.fixture
def sites(in_acme: TenantRef) -> None:
    places = {site.name: open_site(site, at=MORNING, actor=SYSTEM) for site in ACME.sites}
    make_rates(ACME, places, at=MORNING, actor=SYSTEM)


def traffic(*, begin: datetime, seconds: int) -> Counter[str]:
    """What happened in so many seconds from an instant on, by its name."""
    ticks = range(0, seconds, 3)
    return Counter(let_some_move(ACME, at=begin + timedelta(seconds=second)) for second in ticks)


@pytest.mark.usefixtures("sites")
def test_vehicles_come_and_go_and_a_site_settles_at_what_is_typical() -> None:
    happened = traffic(begin=MORNING, seconds=3_600)

    assert happened["entered"] > 100
    assert happened["exited"] > 5
    assert set(happened) <= {"", "entered", "exited", "location_full"}
    assert happened["entered"] - happened["exited"] == ParkingEntry.objects.filter(exit_time=None).count()
    assert sum(Occupancy.objects.values_list("occupied", flat=True)) == happened["entered"] - happened["exited"]
    assert StayFee.objects.count() == happened["exited"]
    assert Payment.objects.exists()
    lot = [stay for stay in StayFee.objects.all() if stay.location_id == location(CITY_LOT.name).id]
    assert all(fee.paid == fee.total for fee in lot)  # nobody leaves the city lot without paying
    typical = typical_week(CITY_LOT)[hour_of_week(MORNING, timezone=CITY_LOT.timezone)]
    occupied = Occupancy.objects.get(location__name=CITY_LOT.name).occupied
    assert typical > 15
    assert abs(occupied - typical) < 10


@pytest.mark.usefixtures("sites")
def test_at_night_a_closed_site_rests() -> None:
    traffic(begin=MORNING, seconds=1_800)
    before = Occupancy.objects.get(location__name=CITY_LOT.name).version
    night = traffic(begin=MORNING + timedelta(hours=15), seconds=1_800)  # 02:00
    assert night["entered"] > 0
    assert Occupancy.objects.get(location__name=CITY_LOT.name).version == before


@pytest.mark.usefixtures("sites")
def test_nobodys_own_vehicle_is_taken_out() -> None:
    for number in range(40):
        mine = EntryDetails(
            vehicle_number=f"MY OWN {number}", vehicle_type="car", location_id=location(CITY_LOT.name).id
        )
        record_vehicle_entry(entry=mine, at=MORNING, actor=SYSTEM)
    traffic(begin=MORNING, seconds=2_400)
    assert ParkingEntry.objects.filter(vehicle_number__startswith="MY OWN", exit_time=None).count() == 40


def test_without_its_sites_nothing_happens(in_acme: TenantRef) -> None:
    assert set(traffic(begin=MORNING, seconds=300)) == {""}


@pytest.mark.usefixtures("sites")
def test_a_site_whose_gates_were_changed_is_left_alone() -> None:
    Gate.objects.all().delete()
    assert set(traffic(begin=MORNING, seconds=300)) == {""}


def test_the_task_serves_demo_mode_alone(acme: TenantRef) -> None:
    with tenancy.enter(acme):
        for site in ACME.sites:
            open_site(site, at=MORNING, actor=SYSTEM)
    with override_settings(DEMO_MODE=False):
        for _ in range(20):
            demo_traffic.delay()
    with tenancy.enter(acme):
        assert not ParkingEntry.objects.exists()
    demo_traffic.delay()
    assert app.conf.beat_schedule["demo-traffic"]["task"] == demo_traffic.name


def location(name: str) -> Location:
    return Location.objects.get(name=name)
