"""`manage.py invoice_month`: the invoices of a month, for the customers that get one each month."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.billing.commands.monthly import invoice_month
from apps.core import clock, tenancy


class Command(BaseCommand):
    help = (
        "Issue and send a tenant's invoices of a month. The beat does so each day for the month before; whoever has "
        "their invoice is passed by. The exit code is 1 where one failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", required=True)
        parser.add_argument("--month", metavar="YYYY-MM", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenancy.directory().by_slug(options["tenant"])
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        try:
            month = date.fromisoformat(f"{options['month']}-01")
        except ValueError:
            raise CommandError("Write the month like 2026-03.") from None
        with tenancy.enter(tenant):
            run = invoice_month(month=month, at=clock.now())
        for number in run.issued:
            self.stdout.write(number)
        self.stdout.write(f"{tenant.slug}: {len(run.issued)} issued")
        if run.failed:
            raise CommandError(f"The invoices of {', '.join(run.failed)} failed; the log says why.")
