"""What a stay says of itself, as its plan wants to know it."""

from collections.abc import Callable
from datetime import datetime

from .document.plan import Choice, Flag, Number, PlanDocument
from .meters.base import Facts
from .meters.choices import FactUnknown
from .stay import Stay

_NONE = Facts({})


class FactReader:
    """Reads the facts that a plan declares; others are passed over."""

    def __init__(self, plan: PlanDocument) -> None:
        self._declared = tuple(plan.facts.items())

    def of(self, stay: Stay, place: Callable[[datetime], int]) -> Facts:
        """The facts and earlier visits of a stay. Raises FactUnknown."""
        if not self._declared and not stay.earlier_visits:
            return _NONE
        known = {name: _value(name, kind, stay.facts.get(name)) for name, kind in self._declared}
        visits = tuple([(place(visit.entry_at), place(visit.exit_at)) for visit in stay.earlier_visits])
        return Facts(known, visits)


def _value(name: str, kind: Flag | Choice | Number, given: bool | int | str | None) -> bool | int | str:
    value = kind.absent if given is None else given
    if value is None:
        raise FactUnknown(f"The plan needs to know {name!r} of a stay.")
    if not fits(kind, value):
        raise FactUnknown(f"The plan has no price for {name!r} of {value!r}.")
    return value


def fits(kind: Flag | Choice | Number, value: bool | int | str) -> bool:
    """Whether a value is one that the plan knows for this fact."""
    if isinstance(kind, Flag):
        return isinstance(value, bool)
    if isinstance(kind, Choice):
        return isinstance(value, str) and value in kind.words
    return type(value) is int and kind.smallest <= value <= kind.largest
