"""The yard's tables on the tenant's admin. Sites are changed by their commands, stays by nobody."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from apps.core import clock
from apps.core.actor import Actor
from apps.core.admin import Fields, ReadMostlyAdmin, tenant_site

from .commands.sites import LocationDetails, add_gate, add_vehicle_type, change_location, create_location
from .models import Gate, Location, Occupancy, ParkingEntry, VehicleType
from .plates import loose_key


class LocationForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A location with its places, which lie in a row of their own."""

    capacity = forms.IntegerField(min_value=0, widget=UnfoldAdminIntegerFieldWidget, help_text="places in all")
    capacities = forms.JSONField(
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text='places of single vehicle types: {"truck": 4}',
    )
    allow_overbooking = forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Location
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "opening_hours" in self.fields:
            self.fields["opening_hours"].help_text = '{"mon": [["06:00", "22:00"]], …, "sun": []}; {} is always open'
        occupancy = Occupancy.objects.filter(location_id=self.instance.pk).first()
        if occupancy is not None:
            self.initial.update(
                {
                    "capacity": occupancy.capacity,
                    "capacities": occupancy.capacities,
                    "allow_overbooking": occupancy.allow_overbooking,
                    "seen_version": occupancy.config_version,
                }
            )


_SAID = ("name", "timezone", "opening_hours", "address", "latitude", "longitude", "allowed_stay_minutes")
_PLACES = ("capacity", "capacities", "allow_overbooking")


@admin.register(Location, site=tenant_site)
class LocationAdmin(ReadMostlyAdmin):
    """The sites, with how many places each has."""

    resource = "locations"
    icon = "location_on"
    form = LocationForm
    list_display = ["name", "timezone", "places", "taken", "payment_required"]
    list_select_related = ["occupancy"]
    search_fields = ["name", "address"]
    fields = [
        "id",
        "name",
        *_PLACES,
        "taken",
        *_SAID[1:],
        "payment_required",
        "shift_required",
        "created_at",
        "seen_version",
    ]
    writable = (*_SAID, "payment_required", "shift_required", *_PLACES, "seen_version")

    @admin.display(description="places")
    def places(self, location: Location) -> int:
        return location.occupancy.capacity

    @admin.display(description="taken")
    def taken(self, location: Location) -> int:
        return location.occupancy.occupied

    def create(self, *, fields: Fields, actor: Actor) -> Location:
        return create_location(details=_details(fields, self.writable), at=clock.now(), actor=actor)

    def change(self, *, row: Location, fields: Fields, changed: list[str], actor: Actor) -> None:
        change_location(
            location_id=row.id,
            details=_details(fields, changed),
            at=clock.now(),
            actor=actor,
            if_version=fields["seen_version"],
        )


def _details(fields: Fields, names: Any) -> LocationDetails:
    given = {name: fields[name] for name in names if name in LocationDetails.__struct_fields__}
    return LocationDetails(
        **{name: {} if value is None and name == "capacities" else value for name, value in given.items()}
    )


@admin.register(Gate, site=tenant_site)
class GateAdmin(ReadMostlyAdmin):
    """Ways in and out."""

    resource = "locations"
    icon = "door_sliding"
    list_display = ["name", "location", "direction"]
    list_select_related = ["location"]
    list_filter = ["direction"]
    search_fields = ["name", "location__name"]
    autocomplete_fields = ["location"]
    writable_first = ("location", "name", "direction")

    def create(self, *, fields: Fields, actor: Actor) -> Gate:
        return add_gate(location_id=fields["location"].id, name=fields["name"], direction=fields["direction"])


@admin.register(VehicleType, site=tenant_site)
class VehicleTypeAdmin(ReadMostlyAdmin):
    """The kinds of vehicles that this yard admits."""

    resource = "vehicle-types"
    icon = "directions_car"
    list_display = ["name", "code", "rank"]
    writable_first = ("code", "name", "rank")

    def create(self, *, fields: Fields, actor: Actor) -> VehicleType:
        return add_vehicle_type(code=fields["code"], name=fields["name"], rank=fields["rank"])


@admin.register(Occupancy, site=tenant_site)
class OccupancyAdmin(ReadMostlyAdmin):
    """How full each location is."""

    resource = "occupancy"
    icon = "bar_chart"
    list_display = ["location", "occupied", "capacity", "overstays", "version", "changed_at"]
    list_select_related = ["location"]
    ordering = ["location__name"]


@admin.register(ParkingEntry, site=tenant_site)
class ParkingEntryAdmin(ReadMostlyAdmin):
    """Stays, newest first."""

    resource = "entries"
    icon = "local_shipping"
    endless = True
    list_display = ["vehicle_number", "vehicle_type", "location", "entry_time", "exit_time", "status"]
    list_select_related = ["location"]
    list_filter = ["status", "location"]
    search_fields = ["plate_key"]
    search_help_text = "a plate, or a part of one"
    ordering = ["-entry_time", "-id"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ParkingEntry], search_term: str
    ) -> tuple[QuerySet[ParkingEntry], bool]:
        key = loose_key(search_term)
        return (queryset.filter(plate_key__contains=key) if key else queryset), False
