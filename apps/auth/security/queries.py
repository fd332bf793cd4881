"""Reading a tenant's security rules and what became of them."""

from uuid import UUID

from django.db.models import QuerySet

from apps.auth.commands.security_rules import VersionedRules
from apps.auth.models import SecurityRuleChange, SecurityRuleSet
from apps.auth.page_sessions import public_in_sight

from .remembered import read_rules


def get_security_rules(*, tenant_id: UUID) -> VersionedRules:
    """A tenant's rules as they are stored; the defaults where it has decided nothing."""
    with public_in_sight():
        row = SecurityRuleSet.objects.filter(tenant_id=tenant_id).first()
    return VersionedRules(rules=read_rules(row), version=row.version if row else 0)


def list_security_rule_changes(*, tenant_id: UUID) -> QuerySet[SecurityRuleChange]:
    """All changes, the newest first. Read it where public tables are in sight."""
    return SecurityRuleChange.objects.filter(tenant_id=tenant_id).order_by("-version")
