"""`manage.py create_user`: a person's account, and what the person is in which tenant."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.auth.commands.users import Place, check_place, create_user, find_user, join_tenant
from apps.auth.management.passwords import password_of_stdin, password_typed
from apps.auth.models import User
from apps.auth.roles import Role
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Make a user, and with --tenant and --role a member; a user who exists only becomes a member."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="e-mail address to sign in with")
        parser.add_argument("--name", default="", help="the person's full name")
        parser.add_argument("--platform-admin", action="store_true", help="looks after tenants and users")
        parser.add_argument("--tenant", metavar="SLUG", help="make the person a member of this tenant; needs --role")
        parser.add_argument("--role", help=f"what the person is there: {', '.join(Role)}")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input's first line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._handle(options)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal

    def _handle(self, options: dict[str, Any]) -> None:
        place = _place(options["tenant"], options["role"])
        if place is not None:
            check_place(place=place)
        user = find_user(email=options["email"])
        if user is None:
            user = create_user(
                email=options["email"],
                password=password_of_stdin() if options["password_stdin"] else password_typed(),
                full_name=options["name"],
                is_platform_admin=options["platform_admin"],
                place=place,
            )
            self.stdout.write(f"{user} is made{_as_what(user, place)}.")
            return
        if options["name"] or options["platform_admin"] or place is None:
            raise CommandError(
                f"There is a user {user} already, who can only become a member: give --tenant and --role alone."
            )
        join_tenant(user=user, place=place)
        self.stdout.write(f"{user} was there already and keeps the password{_as_what(user, place)}.")


def _place(slug: str | None, role: str | None) -> Place | None:
    if slug and role:
        return Place(slug=slug, role=role)
    if slug or role:
        raise CommandError("Give --tenant and --role together, or neither.")
    return None


def _as_what(user: User, place: Place | None) -> str:
    admin = ", a platform administrator" if user.is_platform_admin else ""
    return admin + (f", and is now {place.role} of {place.slug}" if place else "")
