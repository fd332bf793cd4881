"""`manage.py rename_schema` refuses, and says what to use."""

from apps.auth.management.refusing import RefusedCommand


class Command(RefusedCommand):
    instead = "A schema keeps its random name; a tenant's names are given by `manage.py create_tenant` instead."
