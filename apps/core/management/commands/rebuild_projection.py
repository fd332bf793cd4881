"""`manage.py rebuild_projection`: grow projections anew from the store, and put them into the live ones' place."""

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseTrouble

from apps.core import clock, tenancy
from apps.core.errors import DomainError
from apps.core.events.event import UnknownEvent
from apps.core.events.projection import Projection, get_projection, projections
from apps.core.events.projection_rebuild import PATIENCE_SECONDS, is_missing, rebuild
from apps.core.tenancy import TenantRef

TOLD_EVERY = 20_000  # events


class Command(BaseCommand):
    help = (
        "Grow projections anew from the stored events, beside the live ones, and put them into their place when they "
        "have caught up. Queries and live events go on meanwhile. Interrupted, it leaves the live ones as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="these projections; without any, all of them")
        parser.add_argument("--tenant", metavar="SLUG", help="of this tenant alone")
        parser.add_argument("--if-missing", action="store_true", help="only those that were never built from the store")
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE_SECONDS,
            metavar="SECONDS",
            help="how long to wait for transactions that were open before (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = [get_projection(name) for name in options["names"]] or projections()
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
        failed = [
            f"{projection.name} of {tenant.slug}"
            for tenant in _tenants(options["tenant"])
            for projection in wanted
            if not self._rebuilt(tenant, projection, options)
        ]
        if failed:
            raise CommandError(f"Not rebuilt, and live as before: {', '.join(failed)}.")

    def _rebuilt(self, tenant: TenantRef, projection: Projection, options: dict[str, Any]) -> bool:
        label, began = f"{tenant.slug}: {projection.name}", time.monotonic()
        with tenancy.enter(tenant):
            if options["if_missing"] and not is_missing(projection):
                return True
            try:
                done = rebuild(
                    projection, at=clock.now(), progress=self._teller(label), patience_seconds=options["patience"]
                )
            except (DomainError, UnknownEvent, DatabaseTrouble) as error:  # one tenant's trouble is not another's
                self.stderr.write(f"{label}: {error}")
                return False
        seconds = time.monotonic() - began
        self.stdout.write(f"{label}: rebuilt from {done.events:,} events, {done.rows:,} rows ({seconds:.1f} s).")
        return True

    def _teller(self, label: str) -> Callable[[int, int], None]:
        told = 0

        def tell(done: int, total: int) -> None:
            nonlocal told
            if done - told >= TOLD_EVERY:
                told = done
                self.stdout.write(f"{label}: {done:,} of {total:,} events…")

        return tell


def _tenants(slug: str | None) -> list[TenantRef]:
    if slug is None:
        return tenancy.directory().all()
    tenant = tenancy.directory().by_slug(slug)
    if tenant is None:
        raise CommandError(f"There is no tenant {slug}.")
    return [tenant]
