"""What clients send to and get from the API of season permits."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, convert

from apps.billing.commands.permits import PermitDetails
from apps.billing.models import Permit
from apps.billing.permit_terms import PermitWindow
from apps.core.api import Answer, Body
from apps.core.api.paging import Page, PageQuery
from apps.core.money import minor_to_decimal

from .bodies import MoreFacts
from .customer_bodies import Plates
from .lender_bodies import FactsAnswer, Locations, Types

Windows = Annotated[tuple[PermitWindow, ...], Meta(max_length=20)]
Places = Annotated[int, Meta(ge=1, le=10_000)]


class PermitChange(Body, frozen=True, kw_only=True):
    """What to change of a permit; what is left out stays, lists are replaced whole, empty ones mean all."""

    vehicles: Plates | UnsetType = UNSET
    places: Places | UnsetType = UNSET
    locations: Locations | UnsetType = UNSET
    vehicle_types: Types | UnsetType = UNSET
    windows: Windows | UnsetType = UNSET
    facts: MoreFacts | UnsetType = UNSET
    valid_from: date | UnsetType = UNSET
    valid_until: date | None | UnsetType = UNSET
    price_per_month: Decimal | UnsetType = UNSET
    active: bool | UnsetType = UNSET

    def details(self) -> PermitDetails:
        """As the command takes it."""
        same = {name: getattr(self, name) for name in PermitDetails.__struct_fields__ if name != "location_ids"}
        return PermitDetails(location_ids=self.locations, **same)


class NewPermit(PermitChange, frozen=True, kw_only=True):
    """A permit of a customer, from the local date `valid_from` until before `valid_until`."""

    customer_id: UUID
    vehicles: Plates
    valid_from: date


class ListPermits(PageQuery, frozen=True, kw_only=True):
    """Permits, of a customer or of all."""

    customer_id: UUID | None = None
    active: bool | None = None


class PermitAnswer(Answer, frozen=True, kw_only=True):
    """A permit; `version` is its ETag."""

    id: UUID
    number: str
    customer_id: UUID
    vehicles: tuple[str, ...]
    places: int
    locations: tuple[UUID, ...]
    vehicle_types: tuple[str, ...]
    windows: tuple[PermitWindow, ...]
    facts: FactsAnswer
    valid_from: date
    valid_until: date | None
    price_per_month: Decimal
    currency: str
    active: bool
    version: int


class PermitPage(Page, frozen=True, kw_only=True):
    """A page of permits."""

    items: tuple[PermitAnswer, ...]


def permit_answer(permit: Permit) -> PermitAnswer:
    """A permit as the API shows it."""
    return PermitAnswer(
        id=permit.id,
        number=permit.number,
        customer_id=permit.customer_id,
        vehicles=tuple(sorted(vehicle.vehicle_number for vehicle in permit.vehicles.all())),
        places=permit.places,
        locations=tuple(permit.location_ids),
        vehicle_types=tuple(permit.vehicle_types),
        windows=convert(permit.windows, tuple[PermitWindow, ...]),
        facts=permit.facts,
        valid_from=permit.valid_from,
        valid_until=permit.valid_until,
        price_per_month=minor_to_decimal(permit.price_per_month, permit.currency),
        currency=permit.currency,
        active=permit.active,
        version=permit.version,
    )
