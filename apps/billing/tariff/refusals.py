"""What is wrong with a plan, all of it at once."""

from typing import NamedTuple


class PlanError(NamedTuple):
    """`path` in the plan's JSON (editions[0].charge.of), what is the matter on either side, and what to do."""

    path: str
    message: str


class InvalidPlan(ValueError):
    """The plan cannot be meant; `field` names what is wrong with it, `errors` are all that was found."""

    code = "invalid_plan"

    def __init__(self, field: str, message: str, errors: tuple[PlanError, ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.errors = errors or (PlanError(field, message),)


class Findings:
    """Collects errors; `at` names a part."""

    MOST = 50

    def __init__(self) -> None:
        self.errors: list[PlanError] = []

    def add(self, path: str, message: str) -> None:
        """Note an error; the rest of a hostile plan's are passed over."""
        if len(self.errors) < self.MOST:
            self.errors.append(PlanError(path, message))

    def refuse(self) -> None:
        """Raises InvalidPlan if anything was found."""
        if self.errors:
            first = self.errors[0]
            raise InvalidPlan(first.path, first.message, tuple(self.errors))
