"""`manage.py create_tenant_superuser` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py create_user EMAIL --tenant SLUG --role owner` instead."
