"""`manage.py collectstatic_schemas` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py collectstatic` instead: static files are no tenant's own."
