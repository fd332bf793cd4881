"""A change of role beside a sign-in, and two owners who leave at once."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, transaction

from apps.auth import live_sessions, tokens
from apps.auth.commands import members
from apps.auth.commands.opening import open_session
from apps.auth.commands.sign_in import locked_memberships
from apps.auth.models import Membership, User
from apps.auth.roles import Role
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.errors import DomainError
from apps.core.tenancy import TenantRef
from tests.races.holding import RowsHeld, in_threads, wait_until_waited_for

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def manager() -> User:
    with tenancy.public():
        return User.objects.get(email="manager@acme.example")


def demote(user: User) -> None:
    """Another process makes the manager a viewer."""
    try:
        with tenancy.public():
            membership = Membership.objects.get(user=user)
        members.change_role(membership_id=membership.id, role=Role.VIEWER, actor=SYSTEM, at=clock.now())
    finally:
        connection.close()


def still_a_manager(access: str) -> bool:
    claims = tokens.read_access(access)
    return claims.role == Role.MANAGER and live_sessions.is_live(claims.session_id)


def test_without_the_lock_a_sign_in_outlives_the_role_that_it_names(manager: User) -> None:
    """The control: a membership that was read and not locked."""
    with ThreadPoolExecutor(1) as other, tenancy.public(), transaction.atomic():
        membership = Membership.objects.select_related("tenant").get(user=manager)
        pair = open_session(user=manager, membership=membership, at=clock.now())
        other.submit(demote, manager).result(timeout=10)

    assert still_a_manager(pair.access)


def test_with_the_lock_the_change_waits_and_ends_it(manager: User) -> None:
    with ThreadPoolExecutor(1) as other, psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as observer:
        with tenancy.public(), transaction.atomic():
            (membership,) = locked_memberships(manager)
            pair = open_session(user=manager, membership=membership, at=clock.now())
            change = other.submit(demote, manager)
            wait_until_waited_for(observer, by=1)
        change.result(timeout=10)

    assert not still_a_manager(pair.access)


@pytest.fixture
def two_owners(acme: TenantRef) -> list[Membership]:
    with tenancy.public():
        Membership.objects.filter(user__email="manager@acme.example").update(role=Role.OWNER)
        return list(Membership.objects.filter(tenant_id=acme.id, role=Role.OWNER))


def owners_left(tenant: TenantRef) -> int:
    with tenancy.public():
        return Membership.objects.filter(tenant_id=tenant.id, role=Role.OWNER).count()


def test_without_the_lock_both_owners_leave(acme: TenantRef, two_owners: list[Membership]) -> None:
    """The control: each counts two owners before the other has gone."""
    both_have_counted = threading.Barrier(2, timeout=10)

    def leave(membership: Membership) -> None:
        with tenancy.public(), transaction.atomic():
            assert Membership.objects.filter(tenant_id=acme.id, role=Role.OWNER).count() == 2
            both_have_counted.wait()
            Membership.objects.filter(id=membership.id).delete()

    in_threads([lambda: leave(two_owners[0]), lambda: leave(two_owners[1])])

    assert owners_left(acme) == 0


def test_with_the_lock_one_owner_stays(acme: TenantRef, two_owners: list[Membership]) -> None:
    def leave(membership: Membership) -> object:
        try:
            return members.remove_member(membership_id=membership.id, actor=SYSTEM, at=clock.now())
        except DomainError as refusal:
            return refusal

    with RowsHeld("public.identity_tenant") as held:
        outcomes = in_threads(
            [lambda: leave(two_owners[0]), lambda: leave(two_owners[1])],
            meanwhile=lambda: held.release_when_waited_for(by=2),
        )

    assert {type(outcome) for outcome in outcomes} == {type(None), members.LastOwner}
    assert owners_left(acme) == 1
