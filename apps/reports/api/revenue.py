"""/reports/revenue: what was charged and what was taken."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.core.api import ApiView, read_query, reply
from apps.core.api.openapi import documented, query_parameters
from apps.reports.queries import RevenueReport, get_revenue_report
from apps.reports.queries.revenue import RevenueRow

from .bodies import RevenueQuery
from .csv_replies import csv_reply


class RevenueView(ApiView):
    resource = "reports"

    @extend_schema(
        summary="Fees charged and payments taken, by local hours, days, weeks or months",
        parameters=query_parameters(RevenueQuery),
        responses={
            (200, "application/json"): RevenueReport,
            (200, "text/csv"): str,
            **documented(None, 401, 403, 404, 422),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, RevenueQuery)
        report = get_revenue_report(
            begin=query.since, end=query.to, group_by=query.group_by, location_id=query.location_id
        )
        if query.format == "csv":
            return csv_reply(report.rows, RevenueRow, filename="revenue.csv")
        return reply(report)
