"""What is good once is so when it comes twice at once; the control shows what looking first would do."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.auth.commands.signing_keys import ensure_signing_key
from apps.auth.mfa.checking import NOTHING_GIVEN
from apps.auth.models import SpentOnce, User
from apps.auth.origin import Origin
from apps.auth.passkeys.asserting import Assertion
from apps.auth.passkeys.relying_party import PasskeyInvalid
from apps.auth.passkeys.signing_in import sign_in_by_passkey
from apps.auth.providers.configured import Identity
from apps.auth.providers.pkce import challenge_of
from apps.auth.providers.signing_in import CodeInvalid, ExchangeCode, sign_in_by_code
from apps.auth.signing.once import seal_word
from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.passkeys.authenticator import Authenticator
from tests.passkeys.journeys import challenge, register
from tests.races.rivals import Rivals, held

pytestmark = pytest.mark.usefixtures("own_database")
USERS = "SELECT 1 FROM public.identity_user WHERE email = 'operator@acme.example' FOR UPDATE"
VERIFIER = "v" * 43


def exchange_code() -> str:
    identity = Identity(provider="google", subject="1", email="operator@acme.example", name="")
    until = clock.now() + timedelta(minutes=5)
    return seal_word(
        ExchangeCode(id=new_id(), expires_at=until, identity=identity, tenant="acme", challenge=challenge_of(VERIFIER))
    )


def test_control_looking_first_lets_both_in(acme: TenantRef) -> None:
    word = new_id()

    def look_then_open() -> bool:
        with transaction.atomic():
            if SpentOnce.objects.filter(id=word).exists():
                return False
            acme_users_row()
            return True

    rivals = Rivals(acme)
    with held(USERS) as wait_for:
        rivals.start(look_then_open)
        rivals.start(look_then_open)
        wait_for(2)
    assert rivals.outcomes() == [True, True]


def acme_users_row() -> None:
    """What each sign-in waits for."""
    User.objects.filter(email="operator@acme.example").update(last_login=clock.now())


def test_a_code_for_tokens_lets_one_in(acme: TenantRef) -> None:
    code = exchange_code()
    ensure_signing_key(at=clock.now())  # else the first of them makes one meanwhile

    def exchange() -> bool:
        try:
            with tenancy.public():
                sign_in_by_code(
                    code=code, verifier=VERIFIER, proof=NOTHING_GIVEN, host_tenant=acme, origin=Origin(), at=clock.now()
                )
        except CodeInvalid:
            return False
        return True

    rivals = Rivals(acme)
    with held(USERS) as wait_for:
        rivals.start(exchange)
        rivals.start(exchange)
        wait_for(2)
    assert sorted(rivals.outcomes()) == [False, True]


def test_a_passkeys_signature_lets_one_in(acme: TenantRef) -> None:
    key = Authenticator(counts=False)
    assert register(Api.signed_in("operator@acme.example", "acme"), key).status == 201
    asked = challenge()
    signature = Assertion(state=asked["state"], credential=key.get(asked["publicKey"]))

    def sign_in() -> bool:
        try:
            with tenancy.public():
                sign_in_by_passkey(
                    assertion=signature,
                    tenant_slug=None,
                    host_tenant=acme,
                    origin=Origin(site=key.site),
                    at=clock.now(),
                )
        except PasskeyInvalid:
            return False
        return True

    rivals = Rivals(acme)
    with held(USERS) as wait_for:
        rivals.start(sign_in)
        rivals.start(sign_in)
        wait_for(2)
    assert sorted(rivals.outcomes()) == [False, True]
