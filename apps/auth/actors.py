"""The actor behind a page's session cookie."""

from django.http import HttpRequest

from apps.core import tenancy
from apps.core.actor import Actor, ActorKind

from .models import Membership, User

SESSION_TENANT = "tenant_id"


def actor_of_session(request: HttpRequest) -> Actor | None:
    """Who is signed in on this host by cookie, or None. A cookie carried over from another tenant's host is nobody."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not isinstance(user, User):
        return None
    tenant = tenancy.find_current()
    if request.session.get(SESSION_TENANT) != (str(tenant.id) if tenant else None):
        return None
    role = ""
    if tenant is not None:
        membership = Membership.objects.filter(user=user, tenant_id=tenant.id).only("role").first()
        if membership is None:
            return None
        role = membership.role
    return Actor(
        kind=ActorKind.USER,
        id=user.id,
        name=user.full_name or user.email,
        role=role,
        tenant_id=tenant.id if tenant else None,
        is_platform_admin=user.is_platform_admin,
    )
