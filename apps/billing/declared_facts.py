"""What may be told of a stay: the facts that the plan which governs it declares."""

from collections.abc import Mapping

from apps.core.errors import FieldError, Invalid

from .applicable_rates import ApplicableRate
from .tariff import Plan
from .tariff.document.plan import Choice, Flag, Number
from .tariff.facts import fits

FactValue = bool | int | str
ALWAYS_TOLD = "vehicleType"


def declared_by(rate: ApplicableRate | None) -> dict[str, Flag | Choice | Number]:
    """The facts that a rate's plan asks for, but for the vehicle type, which every stay has."""
    if rate is None:
        return {}
    plan = rate.plan.compiled if isinstance(rate.plan, Plan) else rate.plan
    return {name: kind for name, kind in plan.document.facts.items() if name != ALWAYS_TOLD}


def require_declared(rate: ApplicableRate | None, facts: Mapping[str, FactValue]) -> None:
    """Raises Invalid for each fact that the plan does not ask for, or of which it does not know the value."""
    declared = declared_by(rate)
    errors = []
    for name, value in facts.items():
        kind = declared.get(name)
        if kind is None:
            known = ", ".join(sorted(declared)) or "nothing"
            errors.append(FieldError(f"facts.{name}", "unknown_fact", f"This price list asks for {known}."))
        elif not fits(kind, value):
            errors.append(FieldError(f"facts.{name}", "unknown_value", f"Write {_words(kind)}."))
    if errors:
        raise Invalid(f"Check the facts: {errors[0].message}", errors=tuple(errors))


def _words(kind: Flag | Choice | Number) -> str:
    if isinstance(kind, Flag):
        return "true or false"
    if isinstance(kind, Choice):
        return f"one of {', '.join(kind.words[:20])}"
    return f"a whole number from {kind.smallest} to {kind.largest}"
