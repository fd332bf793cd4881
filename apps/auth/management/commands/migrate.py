"""`manage.py migrate`: the public schema, then every tenant's."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.migrations.autodetector import MigrationAutodetector
from tqdm import tqdm

from apps.auth.tenants.drift import find_drift
from apps.auth.tenants.migrating import migrate_schemas
from apps.auth.tenants.naming import name_of
from apps.auth.tenants.schemas import alone, list_schemas
from apps.auth.tenants.targeted import migrate_to
from apps.auth.tenants.words import words_of
from apps.core import tenancy
from apps.core.db import migrating


class Command(BaseCommand):
    help = (
        "Apply migrations to the public schema and to every tenant's; asks no schema that is up to date. What was "
        "migrated is then held against a schema made anew: drift and failures make the exit code 1."
    )
    autodetector = MigrationAutodetector  # Django checks that `migrate` and `makemigrations` have the same

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_label", nargs="?", help="one app alone, in every schema")
        parser.add_argument("migration_name", nargs="?", help="go to this migration; needs app_label")
        parser.add_argument("--public-only", action="store_true", help="leave the tenants' schemas alone")

    def handle(self, *args: Any, **options: Any) -> None:
        target = [word for word in (options["app_label"], options["migration_name"]) if word]
        with alone():
            if target or not migrating.public_is_current():
                migrating.migrate_schema(
                    tenancy.PUBLIC_SCHEMA, *target, verbosity=options["verbosity"], interactive=False
                )
                migrating.grant_public()
        if options["public_only"]:
            return
        if target:
            self.stdout.write(f"{migrate_to(target)} tenant schema(s) migrated.")
        else:
            self._migrate_all()

    def _migrate_all(self) -> None:
        with tqdm(desc="Migrating tenants", unit="schema", disable=None, leave=False) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            outcome = migrate_schemas(progress=progress)
        if outcome.failures:
            for schema, why in sorted(outcome.failures.items()):
                self.stderr.write(f"{name_of(schema)}: {why}")
            raise CommandError(
                f"{outcome.migrated} schema(s) migrated, {len(outcome.failures)} not; run migrate again to go on."
            )
        if not outcome.migrated:
            self.stdout.write("Every tenant is up to date.")
            return
        self.stdout.write(f"{outcome.migrated} tenant schema(s) migrated.")
        if drifted := find_drift():
            for schema, difference in sorted(drifted.items()):
                self.stderr.write(f"{name_of(schema)}: {words_of(difference)}")
            raise CommandError(f"{len(drifted)} of {len(list_schemas())} schema(s) are not what their migrations make.")
