"""A plate is taken off an account while somebody writes its list of plates anew: it does not come back."""

from collections.abc import Callable

import pytest
from django.db import transaction

from apps.billing.commands.customers import CustomerDetails, add_customer, change_customer
from apps.billing.commands.erasing import take_plate_off
from apps.billing.models import Customer, CustomerKind, CustomerVehicle
from apps.billing.plates import key_of
from apps.core import tenancy
from apps.core.actor import SYSTEM
from apps.core.tenancy import TenantRef
from tests.races.rivals import Rivals, held

pytestmark = pytest.mark.usefixtures("own_database")
PLATE = "MH 12 QX 4711"


@pytest.fixture
def customer(acme: TenantRef) -> Customer:
    with tenancy.enter(acme):
        return add_customer(
            kind=CustomerKind.CREDIT, details=CustomerDetails(name="Tata", vehicles=[PLATE]), actor=SYSTEM
        )


def rewriting(customer: Customer) -> Callable[[], object]:
    """By one who has read the list before."""
    details = CustomerDetails(vehicles=[PLATE, "MH 12 QX 4712"])
    return lambda: change_customer(customer_id=customer.id, expected_version=1, details=details, actor=SYSTEM)


def left(tenant: TenantRef) -> bool:
    with tenancy.enter(tenant):
        return CustomerVehicle.objects.filter(plate_key=key_of(PLATE)).exists()


def account_of(tenant: TenantRef) -> str:
    return f'SELECT 1 FROM "{tenant.schema}".billing_customer FOR UPDATE'


def test_control_without_the_accounts_row_it_comes_back(acme: TenantRef, customer: Customer) -> None:
    rivals = Rivals(acme)
    with held(account_of(acme)) as wait_for:
        rivals.start(rewriting(customer))
        wait_for(1)
        with tenancy.enter(acme):
            CustomerVehicle.objects.filter(plate_key=key_of(PLATE)).delete()
    rivals.outcomes()
    assert left(acme)


def test_it_stays_away(acme: TenantRef, customer: Customer) -> None:
    def erase() -> None:
        with transaction.atomic():
            take_plate_off(plate_key=key_of(PLATE), actor=SYSTEM)

    rivals = Rivals(acme)
    with held(account_of(acme)) as wait_for:
        for act in (rewriting(customer), erase):
            rivals.start(act)
        wait_for(2)
    rivals.outcomes()
    assert not left(acme)
