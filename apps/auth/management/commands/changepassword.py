"""`manage.py changepassword`: a new password for somebody, in place of Django's, which knows no schemas."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.auth.commands.passwords import set_password
from apps.auth.management.passwords import password_of_stdin, password_typed
from apps.core import clock
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Give a user a new password; all their sign-ins end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose password")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input's first line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = password_of_stdin() if options["password_stdin"] else password_typed()
        try:
            user = set_password(email=options["email"], password=password, at=clock.now())
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{user} has a new password and is signed out everywhere.")
