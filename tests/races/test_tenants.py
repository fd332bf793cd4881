"""Tenants asked for at once, spares taken at once, limits reached at once; and makers that are killed at each step."""

import os
import subprocess
import sys
import threading

import psycopg
import pytest
from django.db import connection, transaction

from apps.auth.commands.tenant_changes import TenantChanges, change_tenant
from apps.auth.commands.tenant_checks import TenantExists, check_tenant
from apps.auth.commands.tenant_requests import NewTenant, Requested, provision_all, request_tenant
from apps.auth.models import SpareSchema, Tenant
from apps.auth.tenants.limits import LimitReached
from apps.auth.tenants.spares import claim_spare
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.errors import DomainError
from apps.core.tenancy import TenantRef
from apps.parking.commands import LocationDetails, create_location
from apps.parking.models import Location
from tests.databases import ROOT
from tests.races.holding import in_threads
from tests.tenancy.installation import rows, schemas_made, wait_until_one_waits
from tests.tenancy.platform import PASSWORD, make_spares, tenant_named

pytestmark = pytest.mark.usefixtures("own_database")


def asked(email: str) -> NewTenant:
    return NewTenant(
        slug="initech",
        name="Initech",
        owner_email=email,
        owner_password=PASSWORD,
        currency="EUR",
        timezone="Europe/Berlin",
        host="initech.localhost",
    )


def test_the_check_alone_lets_the_same_name_pass_twice() -> None:
    """The control: each looks before the other has written."""
    both_have_looked = threading.Barrier(2, timeout=20)

    def look() -> bool:
        with tenancy.public():
            check_tenant(Tenant(slug="initech", name="I", currency="EUR", timezone="UTC"), "initech.localhost")
        both_have_looked.wait()
        return True

    assert in_threads([look, look]) == [True, True]


def test_of_two_who_ask_for_one_name_at_once_one_is_refused() -> None:
    begin = threading.Barrier(2, timeout=20)

    def ask(email: str) -> object:
        connection.ensure_connection()
        begin.wait()
        try:
            return request_tenant(wanted=asked(email), at=clock.now())
        except DomainError as refusal:
            return refusal

    outcomes = in_threads([lambda: ask("one@initech.example"), lambda: ask("two@initech.example")])
    assert {type(one) for one in outcomes} == {Requested, TenantExists}
    people = rows("SELECT email FROM identity_user WHERE email LIKE '%@initech.example'")
    assert len(people) == 1  # the refused one left no account behind
    assert rows("SELECT count(*) FROM identity_tenant WHERE slug = 'initech'") == [(1,)]


def test_without_the_lock_two_take_the_same_spare() -> None:
    """The control: the spare is read, and deleted by its name afterwards."""
    make_spares(1)
    both_have_read = threading.Barrier(2, timeout=20)

    def take() -> str | None:
        with tenancy.public(), transaction.atomic():
            found = SpareSchema.objects.filter(ready_at__isnull=False).values_list("schema_name", flat=True).first()
            both_have_read.wait()
            SpareSchema.objects.filter(schema_name=found).delete()
            return found

    one, two = in_threads([take, take])
    assert one == two


def test_with_the_lock_each_takes_another_and_the_last_none_and_nobody_waits() -> None:
    make_spares(2)
    all_have_taken = threading.Barrier(3, timeout=20)

    def take() -> str | None:
        with tenancy.public(), transaction.atomic():
            found = claim_spare()
            all_have_taken.wait()  # while the others' transactions are open
            return found

    taken = in_threads([take, take, take])
    assert len(set(taken)) == 3
    assert taken.count(None) == 1


def open_one(name: str) -> Location:
    return create_location(details=LocationDetails(name=name, capacity=1), at=clock.now(), actor=SYSTEM)


def locations(tenant: TenantRef) -> int:
    with tenancy.enter(tenant):
        return Location.objects.count()


def test_without_the_lock_two_pass_the_limit(acme: TenantRef) -> None:
    """The control: each counts before the other commits."""
    both_have_made = threading.Barrier(2, timeout=20)

    def make(name: str) -> bool:
        with tenancy.enter(acme), transaction.atomic():
            open_one(name)
            within = Location.objects.count() <= 1
            both_have_made.wait()
            return within

    assert in_threads([lambda: make("One"), lambda: make("Two")]) == [True, True]
    assert locations(acme) == 2


def test_with_the_lock_one_reaches_the_limit(acme: TenantRef) -> None:
    change_tenant(tenant_id=acme.id, changes=TenantChanges(limits={"maxLocations": 1}), at=clock.now())
    limited = tenancy.directory().by_id(acme.id)
    assert limited is not None
    begin = threading.Barrier(2, timeout=20)

    def make(name: str) -> object:
        with tenancy.enter(limited):
            connection.ensure_connection()
            begin.wait()
            try:
                return open_one(name)
            except LimitReached as refusal:
                return refusal

    outcomes = in_threads([lambda: make("One"), lambda: make("Two")])
    assert {type(one) for one in outcomes} == {Location, LimitReached}
    assert locations(acme) == 1


PROVISION = """
import django
django.setup()
from apps.auth.commands.tenant_requests import provision_all
from apps.core import clock
provision_all(at=clock.now())
"""


def killed(command: list[str], *, behind: str, role: str) -> None:
    """Start a process, and kill it when it waits behind a lock; one role does not see what another waits for."""
    with psycopg.connect(os.environ[role]) as holder:
        holder.execute(behind)
        process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stderr=subprocess.DEVNULL)
        wait_until_one_waits(holder)
        process.kill()
        process.wait()


STEPS = {
    "before it has anything": "SELECT FROM identity_tenant WHERE slug = 'initech' FOR UPDATE",
    "before it has the spare": "LOCK TABLE identity_spareschema IN EXCLUSIVE MODE",
}


@pytest.mark.parametrize("step", STEPS)
def test_a_provisioner_that_is_killed_leaves_the_request_to_the_next(step: str) -> None:
    request_tenant(wanted=asked("peter@initech.example"), at=clock.now())
    make_spares(1)
    spare = rows("SELECT schema_name FROM identity_spareschema")
    killed([sys.executable, "-c", PROVISION], behind=STEPS[step], role="DATABASE_URL")

    waiting = tenant_named("initech")
    assert waiting is not None
    assert waiting.status == "provisioning"
    assert rows("SELECT schema_name FROM identity_spareschema") == spare
    assert provision_all(at=clock.now()) == 1
    assert rows("SELECT schema_name FROM identity_tenant WHERE slug = 'initech'") == spare


MAKING = {
    "while it writes its note": "LOCK TABLE identity_spareschema IN EXCLUSIVE MODE",
    "before the tenant's row": "LOCK TABLE identity_tenant IN EXCLUSIVE MODE",
}


@pytest.mark.parametrize("step", MAKING)
def test_a_maker_that_is_killed_leaves_nothing_behind_the_next(step: str) -> None:
    before, tenants = schemas_made(), rows("SELECT id FROM identity_tenant ORDER BY id")
    command = [sys.executable, "manage.py", "create_tenant", "initech", "--host", "initech.localhost"]
    killed(command, behind=MAKING[step], role="DATABASE_OWNER_URL")
    assert rows("SELECT id FROM identity_tenant ORDER BY id") == tenants

    make_spares(1)
    ((spare,),) = rows("SELECT schema_name FROM identity_spareschema")
    assert schemas_made() == {*before, spare}
