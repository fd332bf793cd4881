"""`manage.py seed_demo`: the demo tenants with their accounts, sites, prices, a history until now, and their books."""

import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.auth.public import demo_staff, ensure_demo_accounts
from apps.billing.public import post_missing
from apps.core import clock, tenancy
from apps.core.errors import DomainError
from apps.core.events.projection import projections
from apps.core.events.projection_rebuild import is_missing, rebuild
from apps.core.tenancy import TenantRef
from apps.parking.simulation.demo import begin_of_history, is_seeded, keep_books, seed_tenant
from apps.parking.simulation.demo_sites import DEMO_TENANTS
from apps.parking.simulation.moves import Move
from apps.parking.simulation.site_plans import DemoTenant

LONGEST_DAYS = 730


class Command(BaseCommand):
    help = "Make the demo tenants and give them a believable history until now; for demo mode alone (PARKING_DEMO=1)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-missing", action="store_true", help="leave a tenant that has locations as it is")
        parser.add_argument("--days", type=_days, default=90, help="how long the history is (90)")
        parser.add_argument("--seed", type=int, default=42, help="another number, another history (42)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("The demo's passwords are known to everybody: set PARKING_DEMO=1, never in production.")
        at = clock.now().replace(microsecond=0)
        try:
            tenants = {tenant.slug: tenant for tenant in ensure_demo_accounts(at=at)}
            for plan in DEMO_TENANTS:
                self._seed(plan, tenants[plan.slug], at=at, options=options)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal

    def _seed(self, plan: DemoTenant, tenant: TenantRef, *, at: datetime, options: dict[str, Any]) -> None:
        began = time.monotonic()
        staff = demo_staff(tenant=tenant)
        with tenancy.enter(tenant):
            if options["if_missing"] and is_seeded():
                keep_books(plan, staff=staff, at=at)
                _tell_of_history(at=at, only_missing=True)
                self.stdout.write(f"{tenant.name} has its history.")
                return
            start = begin_of_history(days=options["days"], at=at)
            with tqdm(desc=f"{tenant.name}: {options['days']} days", unit=" moves", disable=None) as bar:
                seeded = seed_tenant(plan, start=start, at=at, seed=options["seed"], staff=staff, show=_shown_on(bar))
            keep_books(plan, staff=staff, at=at)
            _tell_of_history(at=at)
        self.stdout.write(
            f"{tenant.name}: {seeded.locations} locations, {seeded.stays:,} stays, {seeded.parked:,} vehicles there "
            f"now ({time.monotonic() - began:.1f} s)."
        )


def _tell_of_history(*, at: datetime, only_missing: bool = False) -> None:
    # a history is not delivered, so neither the reports nor the ledger have heard of it
    post_missing()
    for projection in projections():
        if not only_missing or is_missing(projection):
            rebuild(projection, at=at)


def _shown_on(bar: "tqdm[Any]") -> Callable[[list[Move]], Callable[[int], object]]:
    def show(moves: list[Move]) -> Callable[[int], object]:
        bar.reset(total=len(moves))
        return lambda done: bar.update(done)

    return show


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= LONGEST_DAYS:
        raise ArgumentTypeError(f"{text!r} is no number of days from 1 to {LONGEST_DAYS}")
    return int(text)
