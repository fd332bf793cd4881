"""`manage.py create_tenant`: a new operator on this installation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.auth.commands.tenants import create_tenant
from apps.auth.models import User
from apps.core import tenancy
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Make a tenant, ready to use: its schema, its host name and, if --owner is given, its first member."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name: lower-case letters, digits and dashes, like acme")
        parser.add_argument("--name", help="the operator's name (default: the slug)")
        parser.add_argument("--host", help="host name it is served under (default: SLUG.localhost)")
        parser.add_argument("--currency", default="INR", help="ISO 4217 code (default: INR)")
        parser.add_argument("--timezone", default="Asia/Kolkata", help="IANA time zone (default: Asia/Kolkata)")
        parser.add_argument("--owner", help="e-mail address of an existing user who becomes the owner")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"]
        host = (options["host"] or f"{slug}.localhost").lower()
        with tenancy.public():
            owner = User.objects.filter(email__iexact=options["owner"]).first() if options["owner"] else None
        if options["owner"] and owner is None:
            raise CommandError(
                f"There is no user {options['owner']}, and nothing was made: run `manage.py create_user "
                f"{options['owner']}` first."
            )
        try:
            tenant = create_tenant(
                slug=slug,
                name=options["name"] or slug,
                host=host,
                currency=options["currency"],
                timezone=options["timezone"],
                owner=owner,
            )
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{tenant.name} is ready at {host} (schema {tenant.schema}).")
