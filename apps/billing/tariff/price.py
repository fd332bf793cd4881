"""Plan + stay → fee."""

from .compiled import CompiledPlan
from .fee import Fee
from .plan import Plan
from .stay import Stay


def price(plan: Plan | CompiledPlan, stay: Stay) -> Fee:
    """The fee of a stay under a plan, exact to the minor unit; the same plan and stay give the same fee for ever.

    Raises Unpriceable, of which FeeOutOfRange is one.
    """
    return (plan.compiled if isinstance(plan, Plan) else plan).price(stay)
