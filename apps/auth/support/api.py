"""/api/v1/auth/support-sessions for the platform's people, and support-visits for the tenant that they are in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.api.platform import PlatformPermission
from apps.auth.models import SupportSession
from apps.auth.origin import origin_of
from apps.core import clock, tenancy
from apps.core.api import Answer, ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import Page, PageQuery, page_upwards
from apps.core.api.replies import no_content

from .sessions import begin_support, end_support, list_support


class BeginSupport(Body, frozen=True, kw_only=True):
    """POST auth/support-sessions. The tenant reads the `reason`."""

    tenant: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 30


class SupportAnswer(Answer, frozen=True, kw_only=True):
    """Who acts for the tenant, why, and until when at the latest; `endedAt` where it was ended before."""

    id: UUID
    name: str
    reason: str
    started_at: datetime
    ends_at: datetime
    ended_at: datetime | None


class BegunAnswer(Answer, frozen=True, kw_only=True):
    """The session and its access token, which is good for `expiresIn` seconds and cannot be renewed."""

    session: SupportAnswer
    access_token: str
    expires_in: int
    token_type: str = "Bearer"


class SupportList(Page, frozen=True, kw_only=True):
    """A page of support sessions, the oldest first."""

    items: Sequence[SupportAnswer]


class SupportSessionsView(ApiView):
    """For platform administrators, at the platform's own host."""

    permission_classes = [PlatformPermission]
    keeps_answers = False  # its answer holds a token

    @extend_schema(
        summary="Act for a tenant for up to an hour; the tenant sees it and can end it",
        request=BeginSupport,
        responses={201: BegunAnswer, **documented(None, 400, 401, 403, 404, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        body = read_body(request, BeginSupport)
        begun = begin_support(
            slug=body.tenant,
            reason=body.reason,
            minutes=body.minutes,
            actor=actor_of(request),
            origin=origin_of(request._request),
            at=clock.now(),
        )
        answer = BegunAnswer(session=_answer(begun.session), access_token=begun.access, expires_in=body.minutes * 60)
        return reply(answer, 201, Cache_Control="no-store")


class SupportSessionView(ApiView):
    """One of them."""

    permission_classes = [PlatformPermission]

    @extend_schema(summary="End a support session", responses={204: None, **documented(None, 401, 403, 404)})
    def delete(self, request: Request, support_id: UUID) -> HttpResponse:
        end_support(support_id=support_id, tenant_id=None, actor=actor_of(request), at=clock.now())
        return no_content()


class SupportVisitsView(ApiView):
    resource = "members"

    @extend_schema(
        summary="Who of the platform acted in this tenant, and why",
        parameters=query_parameters(PageQuery),
        responses=documented(SupportList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        visits = list_support(tenant_id=tenancy.current().id)
        page, following = page_upwards(visits, read_query(request, PageQuery), order="support", by={"id": UUID})
        return reply(SupportList(items=[_answer(visit) for visit in page], next_cursor=following))


class SupportVisitView(ApiView):
    resource = "members"

    @extend_schema(
        summary="Show the platform's person the door: their token stops at once",
        responses={204: None, **documented(None, 401, 403, 404)},
    )
    def delete(self, request: Request, support_id: UUID) -> HttpResponse:
        tenant_id = tenancy.current().id
        end_support(support_id=support_id, tenant_id=tenant_id, actor=actor_of(request), at=clock.now())
        return no_content()


def _answer(session: SupportSession) -> SupportAnswer:
    return SupportAnswer(
        id=session.id,
        name=session.user.full_name or session.user.email,
        reason=session.reason,
        started_at=session.started_at,
        ends_at=session.ends_at,
        ended_at=session.ended_at,
    )
