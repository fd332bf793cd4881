"""`manage.py delete_domain` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "A tenant keeps the host name it was made with; end its memberships in the platform's admin instead."
