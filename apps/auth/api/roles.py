"""/api/v1/auth/roles: the built-in roles, and the tenant's own."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth import queries
from apps.auth.commands.own_roles import change_role_permissions, create_role, delete_role
from apps.auth.models import OwnRole
from apps.auth.roles import PERMISSIONS, Role
from apps.core import tenancy
from apps.core.api import ApiView, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag, read_if_match
from apps.core.api.openapi import documented
from apps.core.api.replies import no_content
from apps.core.errors import DomainError

from .access_bodies import NewRole, RoleAnswer, RoleChange, RoleList, read_rows, role_answer, rows_of


class IfMatchRequired(DomainError):
    status, code, title = 428, "if_match_required", "Say which version you have read"


class RolesView(ApiView):
    resource = "roles"

    @extend_schema(summary="The roles that a member may have here", responses=documented(RoleList, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        own = [role_answer(role) for role in queries.list_own_roles(tenant_id=tenancy.current().id)]
        items = [*(_built_in(role) for role in Role), *own]
        return reply(RoleList(items=items, total=len(items)))

    @extend_schema(
        summary="Make a role of the tenant's own",
        request=NewRole,
        responses={201: RoleAnswer, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """It permits no more than you hold yourself."""
        body = read_body(request, NewRole)
        role = create_role(
            tenant_id=tenancy.current().id,
            name=body.name,
            permissions=read_rows(body.permissions),
            actor=actor_of(request),
        )
        return _shown(role, 201, Location=f"/api/v1/auth/roles/{role.name}")


class RoleView(ApiView):
    resource = "roles"

    @extend_schema(summary="One role", responses=documented(RoleAnswer, 401, 403, 404))
    def get(self, request: Request, name: str) -> HttpResponse:
        if name in PERMISSIONS:
            return reply(_built_in(Role(name)))
        return _shown(queries.get_own_role(tenant_id=tenancy.current().id, name=name))

    @extend_schema(
        summary="Have a role permit something else, from its members' next request on",
        request=RoleChange,
        responses=documented(RoleAnswer, 400, 401, 403, 404, 409, 412, 422, 428),
    )
    def patch(self, request: Request, name: str) -> HttpResponse:
        """Refused without If-Match (428). You hold yourself what it permitted and what it will permit."""
        if "HTTP_IF_MATCH" not in request.META:
            raise IfMatchRequired("Read the role, and send its ETag as If-Match.")
        expected = read_if_match(request)
        body = read_body(request, RoleChange)
        role = change_role_permissions(
            tenant_id=tenancy.current().id,
            name=name,
            permissions=read_rows(body.permissions),
            expected_version=expected,
            actor=actor_of(request),
        )
        return _shown(role)

    @extend_schema(
        summary="Delete a role that nobody has", responses={204: None, **documented(None, 401, 403, 404, 409)}
    )
    def delete(self, request: Request, name: str) -> HttpResponse:
        delete_role(tenant_id=tenancy.current().id, name=name, actor=actor_of(request))
        return no_content()


def _built_in(role: Role) -> RoleAnswer:
    return RoleAnswer(name=role, built_in=True, permissions=rows_of(PERMISSIONS[role]), version=None)


def _shown(role: OwnRole, status: int = 200, **headers: str) -> HttpResponse:
    return reply(role_answer(role), status, ETag=etag(role.version), **headers)
