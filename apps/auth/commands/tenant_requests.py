"""Asking for a tenant, which is then made in the background by whoever may only write rows."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F

from apps.auth import directory
from apps.auth.models import Domain, Membership, Tenant, User
from apps.auth.roles import Role
from apps.auth.tenants.limits import check_limits
from apps.auth.tenants.plan import load_plan
from apps.auth.tenants.spares import claim_spare
from apps.core import audit, tenancy
from apps.core.errors import Conflict, Invalid
from apps.core.tenancy import TenantStatus

from .tenant_checks import TenantExists, TenantUnknown, check_tenant, usual_host

WAITING = "waiting for a spare schema"


class TenantBeingMade(Conflict):
    code, title = "tenant_being_made", "The tenant is still being made"


class TenantInUse(Conflict):
    code, title = "tenant_in_use", "The tenant has been made"


class RequestKeyReused(Invalid):
    code, title = "idempotency_key_reused", "This Idempotency-Key was used for another request"


class NewTenant(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. Without a host it is the slug under the served domain.

    The owner's account is used where there is one with this e-mail address; else it is made, which takes a password.
    """

    slug: str
    name: str
    owner_email: str
    currency: str
    timezone: str
    host: str | None = None
    owner_name: str = ""
    owner_password: str | None = None
    limits: dict[str, int | None] = {}


class RequestKey(msgspec.Struct, frozen=True, kw_only=True):
    """Tells a repeated request: its key, and a digest of what it says."""

    key: str
    digest: bytes


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """The tenant, and whether it had been asked for before under the same key."""

    tenant: Tenant
    replayed: bool


def request_tenant(*, wanted: NewTenant, at: datetime, request: RequestKey | None = None) -> Requested:
    """Reserve the slug and host of a tenant and write down its owner; `provision_tenant` then gives it its schema.

    Raises Invalid, TenantExists, RequestKeyReused; nothing is written then.
    """
    with tenancy.public():
        if request is not None and (earlier := _of_request(request)) is not None:
            return earlier
        tenant, host = _checked(wanted, at)
        owner = _owner(wanted, at)
        if request is not None:
            tenant.request_key, tenant.request_digest = request.key, request.digest
        try:
            with transaction.atomic():
                tenant.save(force_insert=True)
                Domain.objects.create(domain=host, tenant=tenant, is_primary=True)
                if owner._state.adding:
                    owner.save(force_insert=True)
                Membership.objects.create(user=owner, tenant=tenant, role=Role.OWNER)
                asked = {"slug": tenant.slug, "host": host, "owner": owner.email, "limits": tenant.limits}
                audit.record("tenant.requested", audit.Subject("tenant", tenant.id), after=asked)
        except IntegrityError as error:  # a rival came first, perhaps this very request
            if request is not None and (earlier := _of_request(request)) is not None:
                return earlier
            raise TenantExists(f"Choose another name than {tenant.slug} at {host}, or try again.") from error
    return Requested(tenant=tenant, replayed=False)


def provision_tenant(*, tenant_id: UUID, at: datetime) -> bool:
    """Give a tenant that was asked for a spare schema and open it; whether it is open now.

    All in one transaction: a kill leaves the request as it was, to be taken up again. Without a spare it waits.
    """
    with tenancy.public(), transaction.atomic():
        asked = Tenant.objects.select_for_update(no_key=True).filter(id=tenant_id, status=TenantStatus.PROVISIONING)
        if asked.first() is None:
            return False
        row = Tenant.objects.filter(id=tenant_id)
        schema = claim_spare()
        if schema is None:
            row.update(status_reason=WAITING)
            return False
        row.update(
            schema_name=schema,
            migrations_hash=load_plan().wanted_hash,
            status=TenantStatus.ACTIVE,
            status_reason="",
            status_changed_at=at,
            version=F("version") + 1,
        )
    directory.announce()
    return True


def provision_all(*, at: datetime) -> int:
    """Take up every tenant that still waits, the longest waiting first; gives how many are open now."""
    with tenancy.public():
        waiting = Tenant.objects.filter(status=TenantStatus.PROVISIONING).order_by("created_at")
        ids = list(waiting.values_list("id", flat=True))
    return sum(provision_tenant(tenant_id=tenant_id, at=at) for tenant_id in ids)


def cancel_tenant(*, tenant_id: UUID) -> None:
    """Take a request back that has not been fulfilled yet; its owner's account goes with it where it was made for it.

    Raises TenantUnknown, and TenantInUse for a tenant that has been made.
    """
    with tenancy.public(), transaction.atomic():
        tenant = Tenant.objects.select_for_update().filter(id=tenant_id).first()
        if tenant is None:
            raise TenantUnknown(f"There is no tenant {tenant_id}.")
        if tenant.status != TenantStatus.PROVISIONING:
            raise TenantInUse("Close it, and delete it then by `manage.py tenant delete`.")
        owners = list(User.objects.filter(memberships__tenant=tenant, created_at=tenant.created_at, last_login=None))
        audit.record("tenant.cancelled", audit.Subject("tenant", tenant_id), before={"slug": tenant.slug})
        tenant.delete()
        for owner in owners:
            if not owner.is_platform_admin and not Membership._base_manager.filter(user=owner).exists():
                owner.delete()


def _of_request(request: RequestKey) -> Requested | None:
    tenant = Tenant.objects.filter(request_key=request.key).first()
    if tenant is None:
        return None
    if bytes(tenant.request_digest or b"") != request.digest:
        raise RequestKeyReused("Send a new key with a new request; this one belongs to an earlier request.")
    return Requested(tenant=tenant, replayed=True)


def _checked(wanted: NewTenant, at: datetime) -> tuple[Tenant, str]:
    host = (wanted.host or usual_host(wanted.slug)).lower()
    tenant = Tenant(
        slug=wanted.slug,
        name=wanted.name.strip(),
        currency=wanted.currency,
        timezone=wanted.timezone,
        limits=check_limits(wanted.limits),
        status=TenantStatus.PROVISIONING,
        status_changed_at=at,
        created_at=at,
    )
    check_tenant(tenant, host)
    return tenant, host


def _owner(wanted: NewTenant, at: datetime) -> User:
    email = wanted.owner_email.strip().lower()
    known = User.objects.filter(email=email).first()
    if known is not None:
        if wanted.owner_password is not None:
            raise Invalid.field("owner.password", "not_wanted", f"{email} has an account and keeps its password.")
        return known
    if wanted.owner_password is None:
        raise Invalid.field("owner.password", "required", f"{email} has no account yet: give a first password.")
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid.field("owner.email", "invalid", f"{email[:80]!r} is no e-mail address.") from error
    user = User(email=email, full_name=wanted.owner_name.strip(), created_at=at)
    _check_password(wanted.owner_password, user)
    user.password = make_password(wanted.owner_password)
    return user


def _check_password(password: str, user: User) -> None:
    from django.contrib.auth.password_validation import validate_password

    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid.field("owner.password", "too_weak", " ".join(error.messages)) from error
