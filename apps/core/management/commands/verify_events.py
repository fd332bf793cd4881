"""`manage.py verify_events`: whether the stored events are those that were written, all of them and in their order."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import tenancy
from apps.core.events.sealing import Flaw, verify_events
from apps.core.tenancy import TenantRef


class Command(BaseCommand):
    help = (
        "Hold every tenant's events against their hash chain. Tells how many hold, the chain's head and the first "
        "event that was altered, is missing, out of order or was never delivered; the exit code is 1 when there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="this tenant alone")
        parser.add_argument(
            "--head",
            metavar="HASH",
            help="a head that was printed before: its absence betrays a chain that was cut off or made anew",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["head"] and not options["tenant"]:
            raise CommandError("A head is one tenant's: name it by --tenant.")
        tenants = [_tenant(options["tenant"])] if options["tenant"] else tenancy.directory().all()
        flawed = [tenant.slug for tenant in tenants if not self._holds(tenant, options["head"])]
        if flawed:
            raise CommandError(f"The events of {', '.join(flawed)} are not as they were written.")

    def _holds(self, tenant: TenantRef, head: str | None) -> bool:
        with tenancy.enter(tenant):
            found = verify_events(expected_head=head)
        self.stdout.write(f"{tenant.slug}: {found.events} events hold, head {found.head}")
        if found.redacted:
            self.stdout.write(f"{tenant.slug}: of {found.redacted} of them personal fields were erased, as recorded")
        if found.flaw:
            self.stdout.write(f"{tenant.slug}: {_words(found.flaw)}")
        return found.flaw is None


def _tenant(slug: str) -> TenantRef:
    tenant = tenancy.directory().by_slug(slug)
    if tenant is None:
        raise CommandError(f"There is no tenant {slug}.")
    return tenant


def _words(flaw: Flaw) -> str:
    where = [f"seal {flaw.seq}"] if flaw.seq else []
    where += [f"event {flaw.event_id}"] if flaw.event_id else []
    return f"{', '.join(where)}: {flaw.what}." if where else f"{flaw.what}."
