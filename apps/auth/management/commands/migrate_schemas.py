"""`manage.py migrate_schemas` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py migrate` instead: it migrates the public schema and every tenant's."
