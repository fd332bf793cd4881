"""Changing a tenant's security rules. They count from the next request on."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from apps.auth.models import SecurityRuleChange, SecurityRuleSet, Tenant
from apps.auth.page_sessions import public_in_sight
from apps.auth.security.addresses import is_allowed
from apps.auth.security.remembered import announce_rules, read_rules
from apps.auth.security.rules import SecurityRules, checked
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import Conflict, Stale


class WouldLockYouOut(Conflict):
    code, title = "would_lock_you_out", "You would be locked out by this"


class RulesChangedMeanwhile(Stale):
    code, title = "stale", "Someone changed the rules since you read them"


class VersionedRules(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's rules and how often they were changed: 0 for those that nobody has touched."""

    rules: SecurityRules
    version: int


def change_security_rules(
    *,
    tenant_id: UUID,
    changes: dict[str, Any],
    expected_version: int | None,
    actor: Actor,
    address: str,
    confirmed: bool,
    at: datetime,
) -> VersionedRules:
    """Give some rules of a tenant new values, by the names of `SecurityRules`, and keep who did it.

    `expected_version` is the one that the change is based on, None for any. Ranges that leave out the actor's own
    `address` have to be `confirmed`. What changes nothing is no change. Raises Invalid, RulesChangedMeanwhile,
    WouldLockYouOut.
    """
    with public_in_sight(), transaction.atomic():
        # The tenant's row, for there may be no row of rules yet that two could queue up for
        Tenant.objects.select_for_update(no_key=True).get(id=tenant_id)
        row = SecurityRuleSet.objects.filter(tenant_id=tenant_id).first()
        before, version = read_rules(row), row.version if row else 0
        if expected_version is not None and expected_version != version:
            raise RulesChangedMeanwhile("Read the rules again, and change those.", facts={"version": version})
        after = checked(msgspec.structs.replace(before, **changes))
        if after == before:
            return VersionedRules(rules=before, version=version)
        if not confirmed and "allowed_ip_ranges" in changes and not is_allowed(after, address):
            raise WouldLockYouOut(
                f"Your own address, {address or 'which is not known'}, is in none of the ranges; send confirmLockout: "
                "true if you mean it."
            )
        _record(tenant_id, version + 1, before=before, after=after, actor=actor, at=at)
    announce_rules(tenant_id)
    return VersionedRules(rules=after, version=version + 1)


def _record(
    tenant_id: UUID, version: int, *, before: SecurityRules, after: SecurityRules, actor: Actor, at: datetime
) -> None:
    kept = msgspec.to_builtins(after)
    SecurityRuleSet.objects.update_or_create(
        tenant_id=tenant_id, defaults={"rules": kept, "version": version, "changed_at": at}
    )
    SecurityRuleChange.objects.create(
        tenant_id=tenant_id,
        version=version,
        changed_at=at,
        actor_id=actor.id,
        actor_kind=actor.kind,
        actor_name=actor.name,
        before=msgspec.to_builtins(before),
        after=kept,
    )
    subject = audit.Subject("business_rules", "security")
    builtins = msgspec.to_builtins(before)
    audit.record("rules.changed", subject, actor=actor, tenant_id=tenant_id, before=builtins, after=kept)
