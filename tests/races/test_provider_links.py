"""Two persons and one account at a provider, at once: one is linked to it; the control drops what stands behind it."""

from collections.abc import Callable

import pytest
from django.db import transaction

from apps.auth.models import ProviderIdentity, User
from apps.auth.providers.configured import Identity
from apps.auth.providers.persons import link_person
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.races.rivals import as_owner, at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
ACCOUNT = Identity(provider="google", subject="1001", email="operator@acme.example", name="")


def linking(email: str) -> Callable[[], bool]:
    """What a sign-in does with the identity that it came with, behind the lock on its user."""

    def link() -> bool:
        with tenancy.public(), transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(email=email)
            return link_person(ACCOUNT, user, tenant_id=None, at=clock.now())

    return link


def linked() -> int:
    with tenancy.public():
        return ProviderIdentity.objects.filter(subject=ACCOUNT.subject).count()


BOTH = (linking("operator@acme.example"), linking("manager@acme.example"))


def test_control_without_the_constraint_it_opens_two_accounts(acme: TenantRef) -> None:
    as_owner("ALTER TABLE public.identity_provideridentity DROP CONSTRAINT provider_subject_once")

    assert at_once(acme, *BOTH) == [True, True]
    assert linked() == 2


def test_one_account_opens_one_of_ours(acme: TenantRef) -> None:
    outcomes = at_once(acme, *BOTH)

    assert gained(outcomes) == [True]
    assert refusals(outcomes) == ["linked_to_another"]
    assert linked() == 1


def test_the_same_person_twice_at_once_is_linked_once(acme: TenantRef) -> None:
    outcomes = at_once(acme, BOTH[0], BOTH[0])

    assert sorted(outcomes) == [False, True], "the second finds the link of the first"
    assert linked() == 1
