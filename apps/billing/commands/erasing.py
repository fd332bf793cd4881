"""Erasing what is kept of persons beside their stays: plates on accounts and permits, and a customer's own data.

What was charged, paid and invoiced stays as it is. These rows are locked before any stay (docs/locking.md).
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.billing.accounts import CustomerNotFound, get_owed
from apps.billing.models import Customer, CustomerVehicle, Merchant, Permit, PermitVehicle
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict
from apps.core.kept_answers import forget_answers
from apps.core.money import minor_to_decimal

ERASED = "(erased)"


class AccountOpen(Conflict):
    code, title = "account_open", "This customer's account is still in use"


class AccountUnsettled(Conflict):
    code, title = "account_unsettled", "This customer's account is not settled"


def take_plate_off(*, plate_key: str, actor: Actor) -> int:
    """Take a plate off all accounts and permits, and give of how many; its stays are charged as anybody's from then on.

    Runs in the caller's transaction, before it locks a stay. Each gets a new version, so that nobody writes the plate
    back who has read it before.
    """
    permits = list(Permit.objects.filter(vehicles__plate_key=plate_key).select_for_update(of=("self",)).order_by("id"))
    customers = list(
        Customer.objects.filter(vehicles__plate_key=plate_key).select_for_update(of=("self",)).order_by("id")
    )
    PermitVehicle.objects.filter(permit__in=permits, plate_key=plate_key).delete()
    CustomerVehicle.objects.filter(customer__in=customers, plate_key=plate_key).delete()
    rows: list[Permit | Customer] = [*permits, *customers]
    for row in rows:
        row.version += 1
        row.save(update_fields=["version"])
        kind = row._meta.model_name
        audit.record(f"{kind}.plate_erased", audit.Subject(str(kind), row.id), actor=actor)
    forget_answers(naming=[row.id for row in rows])
    return len(rows)


def erase_customer(*, customer_id: UUID, actor: Actor, at: datetime) -> int:
    """Erase name, hauliers' names, addresses, tax number and plates of a customer whose account is closed and settled.

    Gives how many accounts and permits that were. Raises CustomerNotFound, also for one that was erased before,
    AccountOpen, AccountUnsettled naming what is owed. Runs in the caller's transaction, before it locks a stay.
    """
    permits = list(Permit.objects.filter(customer_id=customer_id).select_for_update().order_by("id"))
    customer = Customer.objects.select_for_update().filter(id=customer_id).exclude(name=ERASED).first()
    if customer is None:
        raise CustomerNotFound("Check the customer's id; it is not one of this tenant, or is erased already.")
    _require_closed(customer, permits, at=at)
    Customer.objects.filter(id=customer.id).update(
        name=ERASED, transport_names=[], transport_keys=[], email="", address="", tax_id="", invoice_monthly=False,
        version=customer.version + 1,
    )  # fmt: skip
    customer.vehicles.all().delete()
    PermitVehicle.objects.filter(permit__in=permits).delete()
    audit.record("customer.erased", audit.Subject("customer", customer.id), actor=actor)
    forget_answers(naming=[customer.id, *(permit.id for permit in permits)])
    return 1 + len(permits)


def _require_closed(customer: Customer, permits: list[Permit], *, at: datetime) -> None:
    today = at.astimezone(ZoneInfo(tenancy.current().timezone)).date()
    runs = any(permit.active and (permit.valid_until is None or permit.valid_until > today) for permit in permits)
    if customer.active or runs or Merchant.objects.filter(customer=customer, active=True).exists():
        raise AccountOpen("Close it (`active`: false) and end its permits and merchants first.")
    if (owed := get_owed(customer)) != 0:
        exact = minor_to_decimal(owed, customer.currency)
        raise AccountUnsettled(
            "Settle what is owed or held first.", facts={"balance": exact, "currency": customer.currency}
        )
