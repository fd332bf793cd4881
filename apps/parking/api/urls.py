"""Routes under /api/v1/parking/."""

from django.urls import URLPattern, path

from .entries import EntriesView, EntryOverstayView, EntryValidationView, EntryView
from .exits import ExitsView
from .occupancy import OccupancyView
from .personal_data import ErasuresView, PersonalDataView, RetentionView
from .sites import AvailabilityView, GatesView, LocationsView, LocationView, VehicleTypesView

urlpatterns: list[URLPattern] = [
    path("entries", EntriesView.as_view()),
    path("entries/validate", EntryValidationView.as_view()),
    path("entries/<uuid:entry_id>", EntryView.as_view()),
    path("entries/<uuid:entry_id>/overstay", EntryOverstayView.as_view()),
    path("exits", ExitsView.as_view()),
    path("occupancy", OccupancyView.as_view()),
    path("locations", LocationsView.as_view()),
    path("locations/<uuid:location_id>", LocationView.as_view()),
    path("locations/<uuid:location_id>/availability", AvailabilityView.as_view()),
    path("gates", GatesView.as_view()),
    path("personal-data", PersonalDataView.as_view()),
    path("personal-data/erasures", ErasuresView.as_view()),
    path("personal-data/retention", RetentionView.as_view()),
    path("vehicle-types", VehicleTypesView.as_view()),
]
