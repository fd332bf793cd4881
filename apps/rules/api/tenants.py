"""/api/v1/rules/tenants: the operators on this installation, for platform administrators."""

from contextlib import suppress
from uuid import UUID

from django.http import HttpResponse
from django.utils.crypto import salted_hmac
from drf_spectacular.utils import OpenApiParameter, extend_schema
from kombu.exceptions import OperationalError
from rest_framework.request import Request

from apps.auth import public as identity
from apps.core import clock, tenancy
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag, read_if_match
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import page_upwards
from apps.core.api.replies import no_content
from apps.core.errors import Invalid

from .tenant_answers import TenantDetails, TenantPage, tenant_details
from .tenant_bodies import ChangeTenant, CreateTenant, HostBody, TenantsQuery

REPEATED = OpenApiParameter(
    "Idempotency-Key", str, "header", description="the same key and body again gives the first tenant again"
)


class PlatformView(ApiView):
    """About the installation: `resource` names no tenant's thing."""

    permission_classes = [identity.PlatformPermission]
    keeps_answers = False  # kept answers lie in a tenant


class TenantsView(PlatformView):
    """All tenants."""

    @extend_schema(parameters=query_parameters(TenantsQuery), responses=documented(TenantPage, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """The tenants by their short names."""
        query = read_query(request, TenantsQuery)
        with tenancy.public():
            found = identity.list_tenants(status=query.status)
            page, cursor = page_upwards(found, query, order="slug", by={"slug": str})
            return reply(TenantPage(items=[tenant_details(tenant) for tenant in page], next_cursor=cursor))

    @extend_schema(
        request=CreateTenant,
        parameters=[REPEATED],
        responses={202: TenantDetails, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask for a tenant. It is made in the background: read it until its status is no longer `provisioning`."""
        body = read_body(request, CreateTenant)
        asked = identity.request_tenant(wanted=body.wanted(), at=clock.now(), request=_request_key(request))
        answer = _details(asked.tenant.id, status=202)
        answer["Location"] = f"/api/v1/rules/tenants/{asked.tenant.id}"
        with suppress(OperationalError):  # without the queue it is taken up by the next look at what waits
            identity.provision.delay(str(asked.tenant.id))
        if asked.replayed:
            answer["Idempotent-Replay"] = "true"
        return answer


class TenantView(PlatformView):
    """One tenant."""

    @extend_schema(responses=documented(TenantDetails, 401, 403, 404))
    def get(self, request: Request, tenant_id: UUID) -> HttpResponse:
        """A tenant, with how far its making has come, its hosts and what its plan allows."""
        return _details(tenant_id)

    @extend_schema(request=ChangeTenant, responses=documented(TenantDetails, 400, 401, 403, 404, 409, 412, 422))
    def patch(self, request: Request, tenant_id: UUID) -> HttpResponse:
        """Change its name, time zone or limits, suspend it, let it go on, or close it for good."""
        changes = read_body(request, ChangeTenant).changes()
        if_version = read_if_match(request)
        identity.change_tenant(tenant_id=tenant_id, changes=changes, at=clock.now(), if_version=if_version)
        return _details(tenant_id)

    @extend_schema(responses={204: None, **documented(None, 401, 403, 404, 409)})
    def delete(self, request: Request, tenant_id: UUID) -> HttpResponse:
        """Take back a tenant that is still being made. One that was made is closed instead."""
        identity.cancel_tenant(tenant_id=tenant_id)
        return no_content()


class TenantHostsView(PlatformView):
    """A tenant's host names."""

    @extend_schema(request=HostBody, responses={201: TenantDetails, **documented(None, 400, 401, 403, 404, 409, 422)})
    def post(self, request: Request, tenant_id: UUID) -> HttpResponse:
        """Serve it under one more host; as its main one with `isPrimary`."""
        body = read_body(request, HostBody)
        identity.add_domain(tenant_id=tenant_id, host=body.host, primary=body.is_primary)
        return _details(tenant_id, status=201)


class TenantHostView(PlatformView):
    """One of them."""

    @extend_schema(request=None, responses=documented(TenantDetails, 401, 403, 404, 409))
    def put(self, request: Request, tenant_id: UUID, host: str) -> HttpResponse:
        """Make it the main one."""
        identity.make_primary(tenant_id=tenant_id, host=host)
        return _details(tenant_id)

    @extend_schema(responses={204: None, **documented(None, 401, 403, 404, 409)})
    def delete(self, request: Request, tenant_id: UUID, host: str) -> HttpResponse:
        """Serve the tenant under it no more; the main one stays."""
        identity.remove_domain(tenant_id=tenant_id, host=host)
        return no_content()


def _details(tenant_id: UUID, status: int = 200) -> HttpResponse:
    tenant = identity.get_tenant(tenant_id=tenant_id)
    return reply(tenant_details(tenant), status=status, ETag=etag(tenant.version))


def _request_key(request: Request) -> "identity.RequestKey | None":
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid.field("Idempotency-Key", "invalid", "Send 1 to 255 printable characters, a UUID for instance.")
    # keyed, for the body holds a password
    digest = salted_hmac("rules.tenants", request.body, algorithm="sha256").digest()
    return identity.RequestKey(key=f"{actor_of(request).id}:{key}", digest=digest)
