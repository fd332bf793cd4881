"""/api/v1/auth/mfa/passkeys and auth/passkeys: one's passkeys, and signing in by one."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.mfa.checking import Proof
from apps.auth.models import Passkey
from apps.auth.origin import origin_of, site_of
from apps.auth.passkeys import registering
from apps.auth.passkeys.challenges import Challenge, challenge_to_sign
from apps.auth.passkeys.signing_in import sign_in_by_passkey
from apps.core import clock, tenancy
from apps.core.api import Answer, ApiView, Body, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented
from apps.core.api.replies import no_content

from .answers import SignedInAnswer, signed_in_answer
from .bodies import Code, Password, Slug
from .passkey_bodies import (
    AssertionCredential,
    AttestationCredential,
    GivenAssertion,
    State,
    as_fido2_reads,
    given_assertion,
)
from .sessions import WithoutToken

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"\S")]


class Proofs(Body, frozen=True, kw_only=True):
    """One's password and, where one has a second factor already, a code of it or what a passkey signed."""

    password: Password
    mfa_code: Code | None = None
    passkey: GivenAssertion | None = None


class NewPasskey(Body, frozen=True, kw_only=True):
    """The `state` of the challenge, what the browser gave for its `publicKey`, and what the passkey shall be called."""

    state: State
    credential: AttestationCredential
    name: Name


class NamePasskey(Body, frozen=True, kw_only=True):
    """What the passkey shall be called."""

    name: Name


class PasskeySignIn(Body, frozen=True, kw_only=True):
    """The `state` of the challenge, and what the browser gave for its `publicKey`; `tenant` as in `auth/login`."""

    state: State
    credential: AssertionCredential
    tenant: Slug | None = None


class ChallengeAnswer(Answer, frozen=True, kw_only=True):
    """`publicKey` is for `navigator.credentials` (WebAuthn level 3's JSON); `state` goes back with what that gives."""

    state: str
    public_key: dict[str, Any]


class PasskeyAnswer(Answer, frozen=True, kw_only=True):
    """A passkey of one's own; it is good at `host` alone."""

    id: UUID
    name: str
    host: str
    created_at: datetime
    last_used_at: datetime | None


class PasskeyList(Answer, frozen=True, kw_only=True):
    """One's own, the oldest first."""

    items: list[PasskeyAnswer]


class RegisteredAnswer(Answer, frozen=True, kw_only=True):
    """The new passkey; with one's first second factor come ten recovery codes, which are told this once."""

    passkey: PasskeyAnswer
    recovery_codes: list[str] | None


class PasskeysView(ApiView):
    """One's passkeys at all hosts."""

    keeps_answers = False

    @extend_schema(responses=documented(PasskeyList, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        """Your passkeys."""
        rows = [_answer(one) for one in registering.list_passkeys(actor=actor_of(request))]
        return reply(PasskeyList(items=rows), Cache_Control="no-store")

    @extend_schema(request=NewPasskey, responses={201: RegisteredAnswer, **documented(None, 400, 401, 403, 409, 422)})
    def post(self, request: Request) -> HttpResponse:
        """Register what an authenticator made. With your first second factor your other sign-ins end."""
        body = read_body(request, NewPasskey)
        passkey, codes = registering.register_passkey(
            actor=actor_of(request),
            state=body.state,
            credential=as_fido2_reads(body.credential),
            name=body.name,
            site=site_of(request._request),
            at=clock.now(),
        )
        answer = RegisteredAnswer(passkey=_answer(passkey), recovery_codes=codes)
        return reply(answer, status=201, Cache_Control="no-store")


class PasskeyChallengeView(ApiView):
    """The first step to a new passkey."""

    keeps_answers = False

    @extend_schema(request=Proofs, responses=documented(ChallengeAnswer, 400, 401, 403, 409, 422, 429))
    def post(self, request: Request) -> HttpResponse:
        """Ask for a challenge to register a passkey at this host, good once and for five minutes."""
        body = read_body(request, Proofs)
        begun = registering.begin_passkey(
            actor=actor_of(request),
            password=body.password,
            proof=_proof(body),
            origin=origin_of(request._request),
            at=clock.now(),
        )
        return reply(_challenge(begun), Cache_Control="no-store")


class PasskeyView(ApiView):
    """One of one's passkeys."""

    @extend_schema(request=NamePasskey, responses=documented(PasskeyAnswer, 400, 401, 403, 404, 422))
    def patch(self, request: Request, passkey_id: UUID) -> HttpResponse:
        """Call it something else."""
        body = read_body(request, NamePasskey)
        renamed = registering.rename_passkey(passkey_id=passkey_id, name=body.name, actor=actor_of(request))
        return reply(_answer(renamed))


class PasskeyRemovalView(ApiView):
    """Doing without one of one's passkeys."""

    keeps_answers = False

    @extend_schema(request=Proofs, responses={204: None, **documented(None, 400, 401, 403, 404, 422, 429)})
    def post(self, request: Request, passkey_id: UUID) -> HttpResponse:
        """Remove it. Your other sign-ins end."""
        body = read_body(request, Proofs)
        registering.remove_passkey(
            passkey_id=passkey_id,
            actor=actor_of(request),
            password=body.password,
            proof=_proof(body),
            origin=origin_of(request._request),
            at=clock.now(),
        )
        return no_content()


class SignInChallengeView(WithoutToken):
    """The first step of signing in by a passkey."""

    @extend_schema(request=None, responses=documented(ChallengeAnswer), auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Ask for a challenge to sign, good once and for five minutes, for whoever has a passkey at this host."""
        asked = challenge_to_sign(site=site_of(request._request), user_id=None, at=clock.now())
        return reply(_challenge(asked), Cache_Control="no-store")


class PasskeySignInView(WithoutToken):
    """Signing in by a passkey."""

    @extend_schema(request=PasskeySignIn, responses=documented(SignedInAnswer, 400, 401, 403, 422, 429), auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Sign in with what a passkey signed; its authenticator has to have verified you, so it is both factors."""
        body = read_body(request, PasskeySignIn)
        assertion = given_assertion(GivenAssertion(state=body.state, credential=body.credential))
        assert assertion is not None
        signed_in = sign_in_by_passkey(
            assertion=assertion,
            tenant_slug=body.tenant,
            host_tenant=tenancy.find_current(),
            origin=origin_of(request._request),
            at=clock.now(),
        )
        return reply(signed_in_answer(signed_in), Cache_Control="no-store")


def _proof(body: Proofs) -> Proof:
    return Proof(code=body.mfa_code, passkey=given_assertion(body.passkey))


def _challenge(asked: Challenge) -> ChallengeAnswer:
    return ChallengeAnswer(state=asked.state, public_key=asked.public_key)


def _answer(passkey: Passkey) -> PasskeyAnswer:
    return PasskeyAnswer(
        id=passkey.id,
        name=passkey.name,
        host=passkey.rp_id,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )
