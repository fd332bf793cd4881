"""Which ways to pay are offered where, and how long a vehicle may stay after it has paid."""

from typing import Final
from uuid import UUID

import msgspec
from django.db.models import Q

from .models.payment_rules import PaymentRules
from .models.payments import Method
from .places import find_location

USUAL_METHODS: Final[tuple[str, ...]] = (
    Method.CASH.value,
    Method.CARD.value,
    Method.UPI.value,
    Method.ACCOUNT.value,
    Method.ONLINE.value,
)
USUAL_EXIT_GRACE_MINUTES: Final = 15

METHOD_OFFERED_SQL: Final = f"""%(method)s::text = ANY (coalesce(
    (SELECT methods::text[] FROM {{schema}}.billing_paymentrules WHERE location_id = %(location_id)s),
    (SELECT methods::text[] FROM {{schema}}.billing_paymentrules WHERE location_id IS NULL),
    ARRAY[{", ".join(f"'{method}'" for method in USUAL_METHODS)}]))"""
"""Whether `%(method)s` is offered at `%(location_id)s`, asked within another statement."""


class GoverningRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that hold at a place: its own, else those of all locations, else the usual ones."""

    methods: tuple[str, ...] = USUAL_METHODS
    exit_grace_minutes: int = USUAL_EXIT_GRACE_MINUTES


def get_governing_rules(location_id: UUID | None) -> GoverningRules:
    """What holds at a location, or at those without rules of their own."""
    theirs = PaymentRules.objects.filter(Q(location_id=location_id) | Q(location_id=None))
    found = {rules.location_id: rules for rules in theirs}
    methods, grace = USUAL_METHODS, USUAL_EXIT_GRACE_MINUTES
    for place in (None, location_id):
        rules = found.get(place)
        if rules is not None:
            methods = methods if rules.methods is None else tuple(rules.methods)
            grace = grace if rules.exit_grace_minutes is None else rules.exit_grace_minutes
    return GoverningRules(methods=methods, exit_grace_minutes=grace)


def find_rules(location_id: UUID | None) -> PaymentRules | None:
    """What is decided for a place itself. Raises LocationNotFound."""
    if location_id is not None:
        find_location(location_id)
    return PaymentRules.objects.filter(location_id=location_id).first()
