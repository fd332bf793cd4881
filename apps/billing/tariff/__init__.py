"""What a stay costs: pure functions of a plan and a stay. No Django, no clock, no database.

`price(plan, stay)` is the only way to a fee. Words and rules are explained in docs/tariffs.md.
"""

from apps.billing.tariff.fee import Fee, Line
from apps.billing.tariff.plan import InvalidPlan, Plan
from apps.billing.tariff.price import FeeOutOfRange, price
from apps.billing.tariff.stay import InvalidStay, Stay

__all__ = ["Fee", "FeeOutOfRange", "InvalidPlan", "InvalidStay", "Line", "Plan", "Stay", "price"]
