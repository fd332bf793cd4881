"""What a stay costs: pure functions of a plan and a stay. No Django, no clock, no database.

`activate(text)` checks a plan's JSON and compiles it, `price(plan, stay)` is the only way to a fee. Words and rules are
explained in docs/tariffs.md.
"""

from apps.billing.tariff.activation import activate, restore
from apps.billing.tariff.compiled import CompiledPlan, FeeOutOfRange
from apps.billing.tariff.fee import Fee, Line
from apps.billing.tariff.meters.base import Unpriceable
from apps.billing.tariff.plan import Plan
from apps.billing.tariff.price import price
from apps.billing.tariff.refusals import InvalidPlan, PlanError
from apps.billing.tariff.simple_discounts import SimpleDiscount, SimpleDiscounts, Stacking
from apps.billing.tariff.stay import InvalidStay, Stay, Visit

__all__ = [
    "CompiledPlan",
    "Fee",
    "FeeOutOfRange",
    "InvalidPlan",
    "InvalidStay",
    "Line",
    "Plan",
    "PlanError",
    "SimpleDiscount",
    "SimpleDiscounts",
    "Stacking",
    "Stay",
    "Unpriceable",
    "Visit",
    "activate",
    "price",
    "restore",
]
