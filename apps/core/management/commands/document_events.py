"""`manage.py document_events`: write the catalogue of events into docs/events.md."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from apps.core.events.document import renewed


class Command(BaseCommand):
    help = "Write the catalogue of all events into docs/events.md."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is stale")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "events.md"
        page = path.read_text()
        fresh = renewed(page, import_string(settings.EVENT_SUBSCRIPTIONS))
        if check and fresh != page:
            raise CommandError('docs/events.md is stale: run make manage C="document_events".')
        if not check:
            path.write_text(fresh)
