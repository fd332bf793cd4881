"""`manage.py create_missing_schemas` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py create_tenant` instead: it makes the schema before the tenant."
