"""The double-entry ledger of a tenant: what every movement of money means for its accounts (ADR 0019)."""

from .chart import Account
from .lines import Line, Posting, Unbalanced
from .posting import get_balance, post, post_all, reverse

__all__ = ["Account", "Line", "Posting", "Unbalanced", "get_balance", "post", "post_all", "reverse"]
