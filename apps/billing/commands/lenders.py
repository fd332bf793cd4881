"""What discount codes and merchants have in common: they lend facts, and no change of one is lost."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.billing.applicable_rates import ApplicableRate
from apps.billing.declared_facts import FactValue, declared_by
from apps.billing.models import CodeUse, Validation
from apps.billing.tariff.facts import fits
from apps.core.errors import Invalid, Stale


def require_facts(facts: Mapping[str, FactValue]) -> None:
    """Raises Invalid where nothing would be lent."""
    if not facts or any(not name.strip() for name in facts):
        raise Invalid.field("facts", "required", "Say which facts it lends, as the price lists name them.")


def require_version(row: Any, expected: int | None) -> None:
    """Raises Stale where somebody changed the row since the caller read it."""
    if expected is not None and expected != row.version:
        raise Stale("Read it again and repeat your change on what it says now.")


def is_worth_something(facts: Mapping[str, FactValue], rate: ApplicableRate | None) -> bool:
    """Whether a plan asks for one of these facts, and knows its value."""
    declared = declared_by(rate)
    return any(name in declared and fits(declared[name], value) for name, value in facts.items())


def lent_to(stay_id: UUID) -> dict[str, FactValue]:
    """What codes and validations that stand lend to a stay."""
    lent: dict[str, FactValue] = {}
    for facts in CodeUse.objects.filter(stay_id=stay_id).order_by("id").values_list("facts", flat=True):
        lent |= facts
    standing = Validation._base_manager.filter(stay_id=stay_id, undone_at=None).order_by("id")
    for facts in standing.values_list("facts", flat=True):
        lent |= facts
    return lent
