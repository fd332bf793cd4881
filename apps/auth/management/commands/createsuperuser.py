"""`manage.py createsuperuser` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py create_user EMAIL --platform-admin` instead."
