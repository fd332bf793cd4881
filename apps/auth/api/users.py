"""/api/v1/auth/users: the tenant's members. A user is named by id; what they are in other tenants is not seen here."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth import queries
from apps.auth.commands.admitting import Newcomer, admit_person
from apps.auth.commands.members import MemberChanges, assign_role, change_member, remove_member
from apps.auth.models import Membership
from apps.auth.places import known_locations
from apps.core import clock, tenancy
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import page_upwards
from apps.core.api.replies import no_content

from .access_bodies import MemberAnswer, MemberList, NewUser, RoleOfUser, UserChange, UsersQuery, member_answer


class UsersView(ApiView):
    resource = "members"

    @extend_schema(
        summary="The tenant's members",
        parameters=query_parameters(UsersQuery),
        responses=documented(MemberList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_query(request, UsersQuery)
        members = queries.list_members(tenant_id=tenancy.current().id)
        if query.role is not None:
            members = members.filter(role=query.role)
        page, following = page_upwards(members, query, order="members", by={"user__email": str})
        items = [member_answer(member) for member in page]
        return reply(MemberList(items=items, next_cursor=following, total=members.count()))

    @extend_schema(
        summary="Make a person a member by e-mail address",
        request=NewUser,
        responses={201: MemberAnswer, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """A new account has no password yet. Nobody gives a role, or locations, beyond their own."""
        body = read_body(request, NewUser)
        person = Newcomer(
            email=body.email, full_name=body.full_name, role=body.role, locations=known_locations(body.locations)
        )
        member = admit_person(person=person, tenant_id=tenancy.current().id, actor=actor_of(request))
        return reply(member_answer(_again(member)), 201, Location=f"/api/v1/auth/users/{member.user_id}")


class UserView(ApiView):
    resource = "members"

    @extend_schema(summary="One member", responses=documented(MemberAnswer, 401, 403, 404))
    def get(self, request: Request, user_id: UUID) -> HttpResponse:
        return reply(member_answer(_member(user_id)))

    @extend_schema(
        summary="Change what the tenant calls a member, where they act, or whether they may act at all",
        request=UserChange,
        responses=documented(MemberAnswer, 400, 401, 403, 404, 409, 422),
    )
    def patch(self, request: Request, user_id: UUID) -> HttpResponse:
        """It concerns this tenant alone. Other locations, or shutting a member out, end their sign-ins here at once."""
        body = read_body(request, UserChange)
        changes = MemberChanges(
            full_name=body.full_name,
            is_active=body.is_active,
            locations=known_locations(body.locations) if isinstance(body.locations, list | None) else body.locations,
        )
        member = _member(user_id)
        changed = change_member(membership_id=member.id, changes=changes, actor=actor_of(request), at=clock.now())
        return reply(member_answer(_again(changed)))

    @extend_schema(
        summary="Remove a member from the tenant", responses={204: None, **documented(None, 401, 403, 404, 409)}
    )
    def delete(self, request: Request, user_id: UUID) -> HttpResponse:
        remove_member(membership_id=_member(user_id).id, actor=actor_of(request), at=clock.now())
        return no_content()


class UserRoleView(ApiView):
    resource = "members"

    @extend_schema(
        summary="Give a member another role; their sign-ins in this tenant end",
        request=RoleOfUser,
        responses=documented(MemberAnswer, 400, 401, 403, 404, 409, 422),
    )
    def put(self, request: Request, user_id: UUID) -> HttpResponse:
        body = read_body(request, RoleOfUser)
        changed = assign_role(user_id=user_id, role=body.role, actor=actor_of(request), at=clock.now())
        return reply(member_answer(_again(changed)))


def _member(user_id: UUID) -> Membership:
    return queries.get_member(tenant_id=tenancy.current().id, user_id=user_id)


def _again(member: Membership) -> Membership:
    """As it is in the database, with its user."""
    return queries.get_member(tenant_id=member.tenant_id, user_id=member.user_id)
