"""/api/v1/auth/invitations: asking people by e-mail to become members."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.invitations.accepting import accept_invitation
from apps.auth.invitations.inviting import invite, renew_invitation, withdraw_invitation
from apps.auth.mail.tasks import mail_invitation
from apps.auth.models import Invitation
from apps.auth.places import known_locations
from apps.auth.security.addresses import address_of
from apps.core import clock, tenancy
from apps.core.api import Answer, ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import Page, PageQuery, page_upwards
from apps.core.api.replies import no_content

from .access_bodies import Places, RoleName
from .bodies import Email, Password, Token, Word
from .sessions import WithoutToken

INVITATION_PAGE = "/invitation/"


class NewInvitation(Body, frozen=True, kw_only=True):
    """Whom to ask, and as what; without `locations` at all of them."""

    email: Email
    role: RoleName
    locations: Places | None = None


class Acceptance(Body, frozen=True, kw_only=True):
    """What the link carries as `token`, and the account's password: a new one, or that of the account there is."""

    token: Token
    password: Password
    full_name: Word | None = None


class InvitationAnswer(Answer, frozen=True, kw_only=True):
    """An open invitation; `expiresAt` may be past, then it can be sent again."""

    id: UUID
    email: str
    role: str
    locations: list[UUID] | None
    created_at: datetime
    expires_at: datetime


class InvitationList(Page, frozen=True, kw_only=True):
    """The open ones, the oldest first."""

    items: Sequence[InvitationAnswer]


class InvitationsView(ApiView):
    resource = "members"

    @extend_schema(
        summary="Open invitations",
        parameters=query_parameters(PageQuery),
        responses=documented(InvitationList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, PageQuery)
        rows = Invitation.objects.filter(tenant_id=tenancy.current().id, accepted_at=None, withdrawn_at=None)
        page, following = page_upwards(rows, query, order="invitations", by={"id": UUID})
        return reply(InvitationList(items=[_answer(one) for one in page], next_cursor=following))

    @extend_schema(
        summary="Invite a person by e-mail",
        request=NewInvitation,
        responses={201: InvitationAnswer, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """The link is good once, for seven days. Nobody gives a role, or locations, beyond their own: also not later,
        for what counts is what the inviter holds when it is accepted."""
        body = read_body(request, NewInvitation)
        made = invite(
            email=body.email,
            role=body.role,
            locations=known_locations(body.locations),
            tenant_id=tenancy.current().id,
            actor=actor_of(request),
            at=clock.now(),
        )
        _mail(request, made)
        return reply(_answer(made), 201)


class InvitationView(ApiView):
    resource = "members"

    @extend_schema(summary="Withdraw an invitation", responses={204: None, **documented(None, 401, 403, 404)})
    def delete(self, request: Request, invitation_id: UUID) -> HttpResponse:
        withdraw_invitation(
            invitation_id=invitation_id, tenant_id=tenancy.current().id, actor=actor_of(request), at=clock.now()
        )
        return no_content()


class InvitationResendView(ApiView):
    resource = "members"

    @extend_schema(
        summary="Send an invitation again, with a new link",
        request=None,
        responses=documented(InvitationAnswer, 401, 403, 404),
    )
    def post(self, request: Request, invitation_id: UUID) -> HttpResponse:
        renewed = renew_invitation(
            invitation_id=invitation_id, tenant_id=tenancy.current().id, actor=actor_of(request), at=clock.now()
        )
        _mail(request, renewed)
        return reply(_answer(renewed))


class InvitationAcceptView(WithoutToken):
    """Become a member."""

    @extend_schema(request=Acceptance, responses={204: None, **documented(None, 400, 401, 403, 409, 422, 429)}, auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Accept an invitation; then sign in."""
        body = read_body(request, Acceptance)
        accept_invitation(
            token=body.token,
            password=body.password,
            full_name=body.full_name or "",
            host_tenant=tenancy.find_current(),
            address=address_of(request._request),
            at=clock.now(),
        )
        return no_content()


def _mail(request: Request, invitation: Invitation) -> None:
    page = request._request.build_absolute_uri(INVITATION_PAGE)
    mail_invitation.delay(str(invitation.id), page)


def _answer(one: Invitation) -> InvitationAnswer:
    return InvitationAnswer(
        id=one.id,
        email=one.email,
        role=one.role,
        locations=one.locations,
        created_at=one.created_at,
        expires_at=one.expires_at,
    )
