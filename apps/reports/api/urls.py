"""Routes under /api/v1/reports/."""

from django.urls import URLPattern, path

from .revenue import RevenueView

urlpatterns: list[URLPattern] = [
    path("revenue", RevenueView.as_view()),
]
