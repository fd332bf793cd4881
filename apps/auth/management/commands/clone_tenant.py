"""`manage.py clone_tenant` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py create_tenant` instead: a tenant's events belong to it alone and are not copied."
