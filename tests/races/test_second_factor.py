"""One code sent twice at once gets in once; the control shows what reading first and writing then would do."""

from collections.abc import Callable

import pytest

from apps.auth.mfa.checking import seal_label, spend_code
from apps.auth.mfa.recovery import replace_codes
from apps.auth.mfa.totp import code_at, find_step, new_secret
from apps.auth.models import SecondFactor, User
from apps.auth.signing.sealing import seal
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.races.rivals import Rivals, held

pytestmark = pytest.mark.usefixtures("own_database")
EMAIL = "operator@acme.example"
FACTOR = "SELECT 1 FROM public.identity_secondfactor FOR UPDATE"
CODES = "SELECT 1 FROM public.identity_recoverycode FOR UPDATE"


def with_factor() -> tuple[User, bytes, list[str]]:
    """A person with an app and recovery codes."""
    secret = new_secret()
    with tenancy.public():
        user = User.objects.get(email=EMAIL)
        sealed = seal(secret, label=seal_label(user.id))
        SecondFactor.objects.create(user=user, sealed_secret=sealed, created_at=clock.now(), confirmed_at=clock.now())
        return user, secret, replace_codes(user_id=user.id)


def both(tenant: TenantRef, act: Callable[[], bool], *, waiting_for: str) -> list[bool]:
    """What two get who have both read before either writes."""
    rivals = Rivals(tenant)
    with held(waiting_for) as wait_for:
        rivals.start(act)
        rivals.start(act)
        wait_for(2)
    return sorted(rivals.outcomes())


def test_control_reading_first_lets_both_in(acme: TenantRef) -> None:
    user, secret, _ = with_factor()
    at = clock.now()

    def read_then_write() -> bool:
        factor = SecondFactor.objects.get(user_id=user.id)
        step = find_step(secret, code_at(secret, at=at), at=at)
        if step is None or step <= factor.last_step:
            return False
        return bool(SecondFactor.objects.filter(user_id=user.id).update(last_step=step))

    assert both(acme, read_then_write, waiting_for=FACTOR) == [True, True]


def test_a_code_of_the_app_lets_one_in(acme: TenantRef) -> None:
    user, secret, _ = with_factor()
    at = clock.now()
    code = code_at(secret, at=at)

    assert both(acme, lambda: spend_code(user_id=user.id, code=code, at=at), waiting_for=FACTOR) == [False, True]


def test_a_recovery_code_lets_one_in(acme: TenantRef) -> None:
    user, _, codes = with_factor()
    at = clock.now()

    assert both(acme, lambda: spend_code(user_id=user.id, code=codes[0], at=at), waiting_for=CODES) == [False, True]
