"""`manage.py all_tenants_command` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py shell` instead, and enter each of `apps.core.tenancy.directory().all()` in turn."
