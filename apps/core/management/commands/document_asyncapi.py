"""`manage.py document_asyncapi`: write docs/asyncapi.yaml."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.kafka.asyncapi import as_yaml
from apps.core.kafka.consume.consumed import consumed


class Command(BaseCommand):
    help = "Write docs/asyncapi.yaml: every topic with its messages, made from the event classes."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the document is stale")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "asyncapi.yaml"
        fresh = as_yaml(consumed())
        if check and (not path.exists() or path.read_text() != fresh):
            raise CommandError('docs/asyncapi.yaml is stale: run make manage C="document_asyncapi".')
        if not check:
            path.write_text(fresh)
