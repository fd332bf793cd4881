"""`manage.py check_fees`: whether every recorded fee is what its plan and its inputs make of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.billing.fee_checks import Recount, find_wrong_fees
from apps.billing.queries import list_ended_fees
from apps.core import tenancy
from apps.core.tenancy import TenantRef


class Command(BaseCommand):
    help = (
        "Price recorded fees again, from the plan that is kept by its hash and from the inputs that are kept with the "
        "fee, and name the first of each tenant that differs; the exit code is 1 when there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="the short name of one tenant; all of them without it")
        parser.add_argument("--sample", type=int, help="so many fees of each tenant by chance, instead of all")

    def handle(self, *args: Any, **options: Any) -> None:
        directory = tenancy.directory()
        named = options["tenant"]
        tenants = [found] if named and (found := directory.by_slug(named)) else [] if named else directory.all()
        if named and not tenants:
            raise CommandError(f"There is no tenant {named}.")
        wrong = [tenant.slug for tenant in tenants if not self._holds(tenant, options["sample"])]
        if wrong:
            raise CommandError(f"Fees of {', '.join(wrong)} are not what was recorded.")

    def _holds(self, tenant: TenantRef, sample: int | None) -> bool:
        recount = Recount()
        with tenancy.enter(tenant):
            wrong = next(find_wrong_fees(list_ended_fees(sample=sample), recount), None)
        if wrong is not None:
            self.stdout.write(f"{tenant.slug}: {wrong}")
            return False
        self.stdout.write(
            f"{tenant.slug}: {recount.again} fees are as recorded; {recount.older} are from before their inputs were "
            f"kept, {recount.without_price} have no price"
        )
        return True
