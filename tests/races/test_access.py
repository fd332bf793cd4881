"""Changes of members, roles and keys at once: each sees what the one before left, queueing on the tenant's row."""

import threading
from collections.abc import Callable

import pytest

from apps.auth.commands import granting, members, own_roles
from apps.auth.commands.api_keys import NewKey, create_api_key, rotate_api_key
from apps.auth.models import ApiKeySecret, Membership, OwnRole
from apps.auth.roles import Role
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM, Actor, ActorKind
from apps.core.errors import DomainError
from apps.core.tenancy import TenantRef
from tests.identity.access import own_role
from tests.races.holding import RowsHeld, in_threads

pytestmark = pytest.mark.usefixtures("own_database")


def member_of(email: str) -> Membership:
    with tenancy.public():
        return Membership.objects.select_related("user").get(user__email=email)


def actor_of(member: Membership) -> Actor:
    """As their token still says."""
    return Actor(
        kind=ActorKind.USER, id=member.user_id, name="Asha", role=member.role, tenant_id=member.tenant_id
    )  # fmt: skip


def outcome_of(act: Callable[[], object]) -> Callable[[], object]:
    def attempt() -> object:
        try:
            return act()
        except DomainError as refusal:
            return refusal.code

    return attempt


def queued(*acts: Callable[[], object]) -> list[object]:
    """Let all of them want the tenant's row before one gets it."""
    with RowsHeld("public.identity_tenant") as held:
        return in_threads(
            [outcome_of(act) for act in acts], meanwhile=lambda: held.release_when_waited_for(by=len(acts))
        )


@pytest.fixture
def two_owners(acme: TenantRef) -> list[Membership]:
    with tenancy.public():
        Membership.objects.filter(user__email="manager@acme.example").update(role=Role.OWNER)
        return list(Membership.objects.filter(tenant_id=acme.id, role=Role.OWNER).order_by("id"))


def owners_left(tenant: TenantRef) -> int:
    with tenancy.public():
        return Membership.objects.filter(tenant_id=tenant.id, role=Role.OWNER).count()


def demote(target: Membership, *, by: Membership) -> object:
    return members.change_role(membership_id=target.id, role="viewer", actor=actor_of(by), at=clock.now()).role


def test_without_the_lock_two_owners_demote_each_other(acme: TenantRef, two_owners: list[Membership]) -> None:
    """The control: each has seen two owners, and their own right, before the other has acted."""
    both_have_looked = threading.Barrier(2, timeout=20)

    def act(target: Membership, by: Membership) -> None:
        with tenancy.public():
            held = granting.grantor_of(actor_of(by), tenant_id=acme.id)
            held.require(members.MEMBERS)
            assert owners_left(acme) == 2
            both_have_looked.wait()
            Membership.objects.filter(id=target.id).update(role="viewer")

    one, other = two_owners
    in_threads([lambda: act(other, one), lambda: act(one, other)])

    assert owners_left(acme) == 0


def test_with_the_lock_one_of_two_who_demote_each_other_stays(acme: TenantRef, two_owners: list[Membership]) -> None:
    one, other = two_owners

    outcomes = queued(lambda: demote(other, by=one), lambda: demote(one, by=other))

    assert sorted(map(str, outcomes)) == ["grants_too_much", "viewer"], "the demoted one's right is looked up anew"
    assert owners_left(acme) == 1


def test_without_the_lock_a_role_goes_while_somebody_gets_it(acme: TenantRef) -> None:
    """The control: nobody had it when it was asked."""
    own_role("clerk", ("rates", "read"))
    nobody_has_it, given = threading.Event(), threading.Event()

    def delete() -> None:
        with tenancy.public():
            assert not Membership.everybody.filter(role="clerk").exists()
            nobody_has_it.set()
            assert given.wait(20)
            OwnRole.objects.filter(name="clerk").delete()

    def give() -> None:
        assert nobody_has_it.wait(20)
        with tenancy.public():
            Membership.objects.filter(user__email="viewer@acme.example").update(role="clerk")
        given.set()

    in_threads([delete, give])

    with tenancy.public():
        assert Membership.objects.filter(role="clerk").exists()
        assert not OwnRole.objects.filter(name="clerk").exists()


def test_with_the_lock_a_role_that_goes_is_nobodys(acme: TenantRef) -> None:
    own_role("clerk", ("rates", "read"))
    viewer = member_of("viewer@acme.example")

    outcomes = queued(
        lambda: own_roles.delete_role(tenant_id=acme.id, name="clerk", actor=SYSTEM),
        lambda: members.change_role(membership_id=viewer.id, role="clerk", actor=SYSTEM, at=clock.now()).role,
    )

    assert sorted(map(str, outcomes)) in (["None", "invalid"], ["clerk", "role_in_use"])
    with tenancy.public():
        there = OwnRole.objects.filter(name="clerk").exists()
        assert Membership.objects.filter(role="clerk").exists() == there


def test_a_right_that_is_taken_while_its_owner_waits_is_not_used(acme: TenantRef) -> None:
    """The admin's request is past the permission check when the demotion comes first."""
    admin, viewer = member_of("admin@acme.example"), member_of("viewer@acme.example")
    acting = actor_of(admin)

    with RowsHeld("public.identity_tenant") as held:

        def demoted_first() -> None:
            held.release_when_waited_for(by=2)

        outcomes = in_threads(
            [
                outcome_of(
                    lambda: (
                        members.change_role(membership_id=admin.id, role="viewer", actor=SYSTEM, at=clock.now()).role
                    )
                ),
                outcome_of(
                    lambda: (
                        members.change_role(membership_id=viewer.id, role="manager", actor=acting, at=clock.now()).role
                    )
                ),
            ],
            meanwhile=demoted_first,
        )

    # Whoever came first: used before it was taken, or refused after
    assert outcomes in (["viewer", "grants_too_much"], ["viewer", "manager"])
    with tenancy.public():
        viewer.refresh_from_db()
    assert viewer.role == ("manager" if outcomes[1] == "manager" else "viewer")

    key = NewKey(name="Gate", permissions=frozenset({("entries", "read")}))
    assert outcome_of(lambda: create_api_key(tenant_id=acme.id, new=key, actor=acting, at=clock.now()))() == (
        "grants_too_much"
    ), "what the old token says counts for nothing"


def test_two_rotations_at_once_leave_one_lasting_secret(acme: TenantRef) -> None:
    key = NewKey(name="Gate", permissions=frozenset({("entries", "read")}))
    made = create_api_key(tenant_id=acme.id, new=key, actor=SYSTEM, at=clock.now()).key

    def rotate() -> object:
        return rotate_api_key(
            tenant_id=acme.id, key_id=made.id, overlap_hours=1, actor=SYSTEM, at=clock.now()
        ).secret  # fmt: skip

    outcomes = queued(rotate, rotate)

    assert len(set(outcomes)) == 2
    with tenancy.public():
        assert ApiKeySecret.objects.filter(key=made).count() == 3
        assert ApiKeySecret.objects.filter(key=made, valid_until=None).count() == 1
