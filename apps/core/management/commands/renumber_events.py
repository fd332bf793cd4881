"""`manage.py renumber_events`: after a dump was restored on another server."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core import tenancy
from apps.core.events.renumbering import renumber


class Command(BaseCommand):
    help = (
        "Give restored events transaction numbers of this server, so that they can be read in order here. To be run "
        "after a dump was restored on another server, with the tables' owner; does nothing where it is not needed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for tenant in tenancy.directory().all():
            with tenancy.enter(tenant):
                renumbered = renumber()
            self.stdout.write(f"{tenant.slug}: {renumbered} events renumbered.")
