"""What the reports are made of: sums by quarter-hours, grown from events."""

from .movements import MovementCount
from .revenue import FeeSum, PaymentSum

__all__ = ["FeeSum", "MovementCount", "PaymentSum"]
