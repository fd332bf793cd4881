"""An invitation accepted twice at once makes one membership; the control shows what looking first would do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.auth.invitations.accepting import accept_invitation, find_invitation
from apps.auth.invitations.sending import digest_of
from apps.auth.models import Invitation, Membership, Tenant, User
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.races.rivals import Rivals, gained, held, refusals

pytestmark = pytest.mark.usefixtures("own_database")
EMAIL, TOKEN, PASSWORD = "twice@acme.example", "the-link", "three blue ferries"
ROWS = "SELECT 1 FROM public.identity_invitation FOR UPDATE"


def invited(tenant: TenantRef) -> None:
    """One open invitation, and the person known already, so that no other row keeps the two apart."""
    with tenancy.public():
        owner = User.objects.get(email="owner@acme.example")
        User.objects.create_user(EMAIL, None)
        at = clock.now()
        Invitation.objects.create(
            tenant=Tenant.objects.get(id=tenant.id), email=EMAIL, role="viewer", invited_by=owner,
            digest=digest_of(TOKEN), created_at=at, expires_at=at.replace(year=at.year + 1),
        )  # fmt: skip


def both(tenant: TenantRef, act: Callable[[], Any]) -> list[Any]:
    """What two get who have both looked at the invitation before either goes on."""
    rivals = Rivals(tenant)
    with held(ROWS) as wait_for:
        rivals.start(act)
        rivals.start(act)
        wait_for(2)
    return rivals.outcomes()


def accept(tenant: TenantRef) -> Membership:
    return accept_invitation(
        token=TOKEN, password=PASSWORD, full_name="", host_tenant=tenant, address="127.0.0.1", at=clock.now()
    )


def test_control_looking_first_accepts_it_twice(acme: TenantRef) -> None:
    invited(acme)

    def look_then_write() -> bool:
        with tenancy.public(), transaction.atomic():
            invitation = find_invitation(token=TOKEN, host_tenant=acme, at=clock.now())
            return bool(Invitation.objects.filter(id=invitation.id).update(accepted_at=clock.now()))

    assert both(acme, look_then_write) == [True, True]


def test_one_accepts_and_the_other_finds_it_used(acme: TenantRef) -> None:
    invited(acme)

    outcomes = both(acme, lambda: accept(acme))

    assert len(gained(outcomes)) == 1
    assert refusals(outcomes) == ["link_invalid"]
    with tenancy.public():
        assert Membership.everybody.filter(user__email=EMAIL, tenant_id=acme.id).count() == 1
