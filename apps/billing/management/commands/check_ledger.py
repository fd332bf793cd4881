"""`manage.py check_ledger`: whether ledger, fees, payments and receipts of every tenant agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.core import tenancy
from apps.core.tenancy import TenantRef


class Command(BaseCommand):
    help = (
        "Hold every tenant's ledger against its fees, payments and receipts, and name the first of each kind that "
        "disagrees; the exit code is 1 when there is one. What the relay has still to deliver is not posted yet: "
        "`manage.py events lag` tells whether there is such."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="this tenant alone")
        parser.add_argument(
            "--post-missing", action="store_true", help="first post what no event told of: imported or older history"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        directory = tenancy.directory()
        tenants = [_tenant(options["tenant"])] if options["tenant"] else directory.all()
        crooked = [tenant.slug for tenant in tenants if not self._agrees(tenant, post=options["post_missing"])]
        if crooked:
            raise CommandError(f"The books of {', '.join(crooked)} do not agree.")

    def _agrees(self, tenant: TenantRef, *, post: bool) -> bool:
        with tenancy.enter(tenant):
            if post:
                self.stdout.write(f"{tenant.slug}: {post_missing()} movements posted")
            found = list(find_disagreements())
        for words in found:
            self.stdout.write(f"{tenant.slug}: {words}")
        if not found:
            self.stdout.write(f"{tenant.slug}: ledger, fees, payments and receipts agree")
        return not found


def _tenant(slug: str) -> TenantRef:
    tenant = tenancy.directory().by_slug(slug)
    if tenant is None:
        raise CommandError(f"There is no tenant {slug}.")
    return tenant
