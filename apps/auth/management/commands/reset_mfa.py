"""`manage.py reset_mfa`: for a person who lost both the app and the recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.auth.mfa.resetting import reset_mfa
from apps.core import clock
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Take a user's second factor away; all their sign-ins end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose second factor")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = reset_mfa(email=options["email"], at=clock.now())
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{user} has no second factor any more and is signed out everywhere.")
