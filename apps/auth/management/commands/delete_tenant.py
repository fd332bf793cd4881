"""`manage.py delete_tenant` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "A tenant's events are permanent; end its memberships in the platform's admin instead."
