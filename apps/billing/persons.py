"""What billing keeps of a person beside their stays, for the person: of a plate, or of a customer."""

from collections.abc import Sequence
from uuid import UUID

from apps.core.api import Answer

from .commands.erasing import ERASED
from .models import Customer, CustomerVehicle, PermitVehicle


class PlateKept(Answer, frozen=True, kw_only=True):
    """A plate on a customer's account, or on the permit of this number."""

    customer_id: UUID
    permit_number: str | None
    vehicle_number: str


class CustomerKept(Answer, frozen=True, kw_only=True):
    """What is kept of a customer; what is on the account is its statement."""

    customer_id: UUID
    name: str
    transport_names: Sequence[str]
    email: str
    address: str
    tax_id: str
    plates: Sequence[PlateKept]


def list_plates_kept(*, plate_key: str) -> list[PlateKept]:
    """Where a plate stands, by its key."""
    of_accounts = CustomerVehicle.objects.filter(plate_key=plate_key).order_by("id")
    of_permits = PermitVehicle.objects.filter(plate_key=plate_key).select_related("permit").order_by("id")
    return [*map(_on_account, of_accounts), *map(_on_permit, of_permits)]


def find_customer_kept(*, customer_id: UUID) -> CustomerKept | None:
    """All of one customer; None for one that there is not, or that was erased."""
    customer = Customer.objects.exclude(name=ERASED).filter(id=customer_id).first()
    if customer is None:
        return None
    of_permits = PermitVehicle.objects.filter(permit__customer=customer).select_related("permit").order_by("id")
    return CustomerKept(
        customer_id=customer.id,
        name=customer.name,
        transport_names=customer.transport_names,
        email=customer.email,
        address=customer.address,
        tax_id=customer.tax_id,
        plates=[*map(_on_account, customer.vehicles.order_by("id")), *map(_on_permit, of_permits)],
    )


def _on_account(row: CustomerVehicle) -> PlateKept:
    return PlateKept(customer_id=row.customer_id, permit_number=None, vehicle_number=row.vehicle_number)


def _on_permit(row: PermitVehicle) -> PlateKept:
    return PlateKept(
        customer_id=row.permit.customer_id, permit_number=row.permit.number, vehicle_number=row.vehicle_number
    )
