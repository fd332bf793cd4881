"""`manage.py create_domain` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "Use `manage.py create_tenant SLUG --host HOST` instead: a tenant is made with its host name."
