"""`manage.py replay_stays`: a file of stays, driven through the commands that a gate uses."""

import signal
import sys
import threading
import zoneinfo
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.core import clock, tenancy
from apps.core.errors import DomainError
from apps.parking.simulation.replay import OccupancyDiffers, Pace, ReplayTarget, begin_account, replay
from apps.parking.simulation.replay_account import ReplayAccount
from apps.parking.simulation.replay_place import find_or_open_location, require_vehicle_type, timezone_of
from apps.parking.simulation.stay_file import events_in_order, read_stay_file

POSTFIX_EVERY = 100


class Command(BaseCommand):
    help = "Drive a CSV file of stays (seq, entry, exit) through the commands that a gate uses, and account for all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, gzipped or not: seq, entry, exit in local time")
        parser.add_argument("--tenant", required=True, help="the tenant's short name, like acme")
        parser.add_argument("--location", required=True, help="the location's name")
        parser.add_argument("--create-location", action="store_true", help="open the location if it is not there")
        parser.add_argument("--capacity", type=int, default=120, help="places of a location that is opened (120)")
        parser.add_argument("--timezone", help="IANA zone of the file's times (default: the location's)")
        parser.add_argument("--vehicle-type", default="car", help="what the vehicles are (car)")
        pace = parser.add_mutually_exclusive_group()
        pace.add_argument("--speed", type=_speed, help="so many times as fast as it happened")
        pace.add_argument("--at-once", action="store_true", help="as fast as it goes (the default)")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenancy.directory().by_slug(options["tenant"])
        if tenant is None:
            known = ", ".join(other.slug for other in tenancy.directory().all()) or "none"
            raise CommandError(f"There is no tenant {options['tenant']}; the tenants are: {known}.")
        if options["timezone"] and options["timezone"] not in zoneinfo.available_timezones():
            raise CommandError(f"{options['timezone']} is no IANA time zone, like Asia/Shanghai.")
        with tenancy.enter(tenant):
            try:
                self._replay(options)
            except DomainError as refusal:
                raise CommandError(refusal.detail) from refusal

    def _replay(self, options: dict[str, Any]) -> None:
        name, vehicle_type = options["location"], options["vehicle_type"]
        zone = options["timezone"] or timezone_of(name, may_be_opened=options["create_location"])
        require_vehicle_type(vehicle_type)
        file = read_stay_file(options["file"], timezone=zone)
        capacity = options["capacity"] if options["create_location"] else None
        location_id = find_or_open_location(name, timezone=zone, capacity=capacity, at=clock.now())
        target = ReplayTarget.of(file, location_id=location_id, vehicle_type=vehicle_type)
        events = events_in_order(file.rows)
        account = begin_account(file, events, target)
        pace = Pace(options["speed"], threading.Event())
        try:
            with (
                _stoppable(pace.stop) as stopped_by,
                tqdm(total=len(events), desc=name, unit=" events", disable=None) as bar,
            ):
                for _ in replay(events, target=target, account=account, pace=pace, now=clock.now):
                    bar.update()
                    if account.handled % POSTFIX_EVERY == 0:
                        bar.set_postfix(occupied=account.occupied, refused=account.refused.total(), refresh=False)
        except OccupancyDiffers as difference:
            self._close(options, account)
            raise CommandError(str(difference)) from difference
        except DomainError as refusal:
            self._close(options, account)
            raise CommandError(f"{refusal.detail} A second run goes on where this one stopped.") from refusal
        self._close(options, account)
        if stopped_by:
            self.stdout.write("Stopped; a second run goes on from here.")
            sys.exit(128 + stopped_by[0])

    def _close(self, options: dict[str, Any], account: ReplayAccount) -> None:
        self.stdout.write(f"{options['file'].name} at {options['location']} ({options['tenant']})")
        for line in account.lines():
            self.stdout.write(f"  {line}")


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no number above 0")
    return speed


@contextmanager
def _stoppable(stop: threading.Event) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM end the replay after the event at hand; gives the list that then names the signal."""
    caught: list[int] = []

    def note(number: int, _: object) -> None:
        caught.append(number)
        stop.set()
        signal.signal(number, before[number])  # a second one does not wait

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
