"""`manage.py tenant …`: what is done to tenants from a terminal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.auth.tenants.terminal import SUBCOMMANDS
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Look after tenants: " + ", ".join(SUBCOMMANDS)

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
        for name, subcommand in SUBCOMMANDS.items():
            described = commands.add_parser(name, help=subcommand.__doc__, description=subcommand.__doc__)
            subcommand.arguments(described)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            SUBCOMMANDS[options["what"]].run(options, self.stdout.write)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
