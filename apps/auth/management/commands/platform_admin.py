"""`manage.py platform_admin grant|withdraw EMAIL`: who looks after tenants and users."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.auth.commands.platform_admins import set_platform_admin
from apps.core import clock
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Make a user a platform administrator, or no longer one; all their sign-ins end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["grant", "withdraw"])
        parser.add_argument("email", help="whose")

    def handle(self, *args: Any, **options: Any) -> None:
        granted = options["verb"] == "grant"
        try:
            user = set_platform_admin(email=options["email"], is_platform_admin=granted, at=clock.now())
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{user} is {'a' if granted else 'no'} platform administrator.")
