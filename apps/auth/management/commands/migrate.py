"""`manage.py migrate`: the public schema, then every tenant's."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.migrations.autodetector import MigrationAutodetector
from tqdm import tqdm

from apps.auth.models import Tenant
from apps.core import tenancy
from apps.core.db import migrating


class Command(BaseCommand):
    help = "Apply migrations to the public schema and to every tenant's; asks no schema that is up to date."
    autodetector = MigrationAutodetector  # Django checks that `migrate` and `makemigrations` have the same

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_label", nargs="?", help="one app alone, in every schema")
        parser.add_argument("migration_name", nargs="?", help="go to this migration; needs app_label")
        parser.add_argument("--public-only", action="store_true", help="leave the tenants' schemas alone")

    def handle(self, *args: Any, **options: Any) -> None:
        target = [word for word in (options["app_label"], options["migration_name"]) if word]
        migrating.migrate_schema(tenancy.PUBLIC_SCHEMA, *target, verbosity=options["verbosity"], interactive=False)
        migrating.grant_public()
        if options["public_only"]:
            return
        wanted = migrating.tenant_migrations_hash()
        with tenancy.public():
            behind = list(Tenant.objects.exclude(migrations_hash=wanted) if not target else Tenant.objects.all())
        for tenant in tqdm(behind, desc="Migrating tenants", unit="tenant", disable=len(behind) < 2):
            migrating.migrate_schema(tenant.schema_name, *target, verbosity=0, interactive=False)
            if not target:
                with tenancy.public():
                    Tenant.objects.filter(pk=tenant.pk).update(migrations_hash=wanted)
        self.stdout.write(f"{len(behind)} tenant(s) migrated." if behind else "Every tenant is up to date.")
