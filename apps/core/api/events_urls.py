"""Routes of /api/v1/events and /api/v1/audit."""

from django.urls import URLPattern, path

from apps.core.audit.api import AuditExportView, AuditView

from .events import EventsView, ReplayView

urlpatterns: list[URLPattern] = [
    path("audit", AuditView.as_view()),
    path("audit/export", AuditExportView.as_view()),
    path("events", EventsView.as_view()),
    path("events/replay", ReplayView.as_view()),
]
