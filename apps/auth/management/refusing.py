"""Commands of Django and django-tenants that cannot work here, each with what does the same."""

from typing import Any, ClassVar, NoReturn

from django.core.management.base import BaseCommand, CommandError


class RefusedCommand(BaseCommand):
    """Says in one sentence what to use `instead`, whatever arguments it is given."""

    instead: ClassVar[str]
    requires_system_checks = []

    @property
    def help(self) -> str:  # type: ignore[override]
        return f"Refused here. {self.instead}"

    def run_from_argv(self, argv: list[str]) -> None:
        wants_help = {"-h", "--help"}.intersection(argv)
        super().run_from_argv([*argv[:2], *sorted(wants_help)])

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        raise CommandError(self.instead)
