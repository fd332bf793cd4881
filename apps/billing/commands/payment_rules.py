"""Deciding which ways to pay are offered, and how long the exit grace is."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from apps.billing.models import PaymentRules
from apps.billing.models.payment_rules import LONGEST_EXIT_GRACE_MINUTES
from apps.billing.payment_rules import USUAL_METHODS
from apps.billing.places import find_location
from apps.core import audit, reach
from apps.core.actor import Actor
from apps.core.errors import Invalid, Stale
from apps.core.ids import new_id


class PaymentRulesChangedMeanwhile(Stale):
    code = "stale"


class PaymentRuleChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; a field left UNSET stays, and None leaves it to what holds a step higher."""

    methods: tuple[str, ...] | None | msgspec.UnsetType = msgspec.UNSET
    exit_grace_minutes: int | None | msgspec.UnsetType = msgspec.UNSET


def change_payment_rules(
    *, location_id: UUID | None, changes: PaymentRuleChanges, expected_version: int, actor: Actor, at: datetime
) -> PaymentRules:
    """Change the rules of a location, or of all locations without their own; they hold from the next payment on.

    `expected_version` is what was read, 0 where there were none. Raises Invalid, LocationNotFound,
    PaymentRulesChangedMeanwhile, OutsideYourLocations.
    """
    _require_sensible(changes)
    reach.require(location_id)
    if location_id is not None:
        find_location(location_id)
    with transaction.atomic():
        fresh = PaymentRules(id=new_id(), location_id=location_id, version=0, changed_at=at)
        PaymentRules.objects.bulk_create([fresh], ignore_conflicts=True)
        rules = PaymentRules.objects.select_for_update().get(location_id=location_id)
        if expected_version != rules.version:
            raise PaymentRulesChangedMeanwhile(f"They are at version {rules.version}; read them again.")
        before = _told(rules)
        for name in changes.__struct_fields__:
            if (value := getattr(changes, name)) is not msgspec.UNSET:
                setattr(rules, name, list(value) if isinstance(value, tuple) else value)
        rules.version += 1
        rules.changed_by, rules.changed_by_name, rules.changed_at = actor.id, actor.name, at
        rules.save()
        subject = audit.Subject("payment_rules", location_id or "all locations")
        audit.record("payment_rules.changed", subject, actor=actor, before=before, after=_told(rules))
    return rules


def _require_sensible(changes: PaymentRuleChanges) -> None:
    methods, grace = changes.methods, changes.exit_grace_minutes
    if isinstance(methods, tuple):
        unknown = sorted(set(methods) - set(USUAL_METHODS))
        if unknown or len(set(methods)) < len(methods):
            raise Invalid.field("paymentMethods", "unknown_method", f"Name each of {', '.join(USUAL_METHODS)} once.")
    if isinstance(grace, int) and not 0 <= grace <= LONGEST_EXIT_GRACE_MINUTES:
        raise Invalid.field("exitGraceMinutes", "out_of_range", f"0 to {LONGEST_EXIT_GRACE_MINUTES} minutes.")


def _told(rules: PaymentRules) -> dict[str, Any]:
    return {"payment_methods": rules.methods, "exit_grace_minutes": rules.exit_grace_minutes}
