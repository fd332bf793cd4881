"""Routes of /api/v1/events."""

from django.urls import URLPattern, path

from .events import EventsView, ReplayView

urlpatterns: list[URLPattern] = [
    path("events", EventsView.as_view()),
    path("events/replay", ReplayView.as_view()),
]
