"""`manage.py tenant_command` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py shell` and `apps.core.tenancy.enter(tenant)` instead: one tenant for one block of code."
