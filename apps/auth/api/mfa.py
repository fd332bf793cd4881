"""/api/v1/auth/mfa and auth/users/{id}/mfa: one's own second factor, and taking away a member's who lost it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.mfa import enrolling
from apps.auth.mfa.checking import Proof
from apps.auth.mfa.resetting import reset_mfa_of_member
from apps.auth.origin import origin_of
from apps.auth.security.addresses import address_of
from apps.core import clock, tenancy
from apps.core.api import Answer, ApiView, Body, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented
from apps.core.api.replies import no_content

from .bodies import Code, Password
from .passkey_bodies import GivenAssertion, given_assertion

GivenCode = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class EnrollMfa(Body, frozen=True, kw_only=True):
    """One's password and, where one has passkeys, what one of them signed or a recovery code."""

    password: Password
    mfa_code: Code | None = None
    passkey: GivenAssertion | None = None


class MfaCode(Body, frozen=True, kw_only=True):
    """What the app shows now; where a second factor counts already, a recovery code does as well."""

    code: GivenCode


class DisableMfa(Body, frozen=True, kw_only=True):
    """One's password, and what the app shows or a recovery code."""

    password: Password
    code: GivenCode


class MfaAnswer(Answer, frozen=True, kw_only=True):
    """Whether one has a second factor: an app since `confirmedAt`, passkeys; and how many recovery codes are left."""

    enabled: bool
    confirmed_at: datetime | None
    passkeys: int
    recovery_codes_left: int


class EnrollmentAnswer(Answer, frozen=True, kw_only=True):
    """The secret for the app, to be typed (base32) or as an address for a picture. It is told this once."""

    secret: str
    otpauth_uri: str


class RecoveryCodesAnswer(Answer, frozen=True, kw_only=True):
    """Ten codes, each good once. They are told this once."""

    recovery_codes: list[str]


class MfaView(ApiView):
    @extend_schema(summary="Your second factor", responses=documented(MfaAnswer, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        state = enrolling.read_mfa_state(actor=actor_of(request))
        answer = MfaAnswer(
            enabled=state.confirmed_at is not None or state.passkeys > 0,
            confirmed_at=state.confirmed_at,
            passkeys=state.passkeys,
            recovery_codes_left=state.codes_left,
        )
        return reply(answer, Cache_Control="no-store")


class EnrollMfaView(ApiView):
    keeps_answers = False

    @extend_schema(
        summary="Begin with a second factor",
        request=EnrollMfa,
        responses=documented(EnrollmentAnswer, 400, 401, 403, 409, 422, 429),
    )
    def post(self, request: Request) -> HttpResponse:
        """It counts for nothing until a code of it is confirmed. A wrong password counts as a failed sign-in."""
        body = read_body(request, EnrollMfa)
        begun = enrolling.enroll(
            actor=actor_of(request),
            password=body.password,
            proof=Proof(code=body.mfa_code, passkey=given_assertion(body.passkey)),
            origin=origin_of(request._request),
            at=clock.now(),
        )
        return reply(EnrollmentAnswer(secret=begun.secret, otpauth_uri=begun.uri), Cache_Control="no-store")


class ConfirmMfaView(ApiView):
    keeps_answers = False

    @extend_schema(
        summary="Have the second factor count",
        request=MfaCode,
        responses=documented(RecoveryCodesAnswer, 400, 401, 403, 409, 422, 429),
    )
    def post(self, request: Request) -> HttpResponse:
        """From now on signing in takes a code. Your other sign-ins end."""
        body = read_body(request, MfaCode)
        codes = enrolling.confirm(
            actor=actor_of(request), code=body.code, address=address_of(request._request), at=clock.now()
        )
        return reply(RecoveryCodesAnswer(recovery_codes=codes), Cache_Control="no-store")


class DisableMfaView(ApiView):
    keeps_answers = False

    @extend_schema(
        summary="Give the second factor up",
        request=DisableMfa,
        responses={204: None, **documented(None, 400, 401, 403, 409, 422, 429)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Where a tenant of yours requires one, you have to enroll anew before anything else."""
        body = read_body(request, DisableMfa)
        enrolling.disable(
            actor=actor_of(request),
            password=body.password,
            code=body.code,
            address=address_of(request._request),
            at=clock.now(),
        )
        return no_content()


class RecoveryCodesView(ApiView):
    keeps_answers = False

    @extend_schema(
        summary="New recovery codes; the old ones are worth nothing then",
        request=MfaCode,
        responses=documented(RecoveryCodesAnswer, 400, 401, 403, 409, 422, 429),
    )
    def post(self, request: Request) -> HttpResponse:
        body = read_body(request, MfaCode)
        codes = enrolling.renew_recovery_codes(
            actor=actor_of(request), code=body.code, address=address_of(request._request), at=clock.now()
        )
        return reply(RecoveryCodesAnswer(recovery_codes=codes), Cache_Control="no-store")


class UserMfaView(ApiView):
    resource = "members"

    @extend_schema(
        summary="Take away the second factor of a member who lost it; their sign-ins end",
        responses={204: None, **documented(None, 401, 403, 404, 409)},
    )
    def delete(self, request: Request, user_id: UUID) -> HttpResponse:
        """Not your own, and of nobody who is a member of other tenants too: those ask the platform."""
        reset_mfa_of_member(user_id=user_id, tenant_id=tenancy.current().id, actor=actor_of(request), at=clock.now())
        return no_content()
