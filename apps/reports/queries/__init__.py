"""Every read of the reports."""

from .revenue import RevenueReport, get_revenue_report

__all__ = ["RevenueReport", "get_revenue_report"]
