"""The actor behind `Authorization: Api-Key <key>`, of a request or of a socket that is being opened."""

from uuid import UUID

from apps.auth.security.addresses import require_allowed
from apps.auth.tenant_choice import TenantClosed, TenantMismatch
from apps.core import clock, tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.tenancy import TenantStatus

from .attempts import refuse_key
from .known import KnownKey, find_key
from .secrets import find_prefix, is_digest_of
from .uses import note_use

SCHEME = "api-key"


def find_key_text(authorization: str) -> str | None:
    """The key in an Authorization header's value; None where it is of another scheme."""
    scheme, _, text = authorization.partition(" ")
    return text.strip() if scheme.lower() == SCHEME else None


def actor_of_key(text: str, *, address: str) -> Actor:
    """The actor that a key stands for, coming from an IP address.

    Raises InvalidApiKey for an unknown, revoked or expired one, TooManyWrongKeys, TenantMismatch at another tenant's
    host, TenantClosed, and IpNotAllowed for an address that the tenant's rules leave out.
    """
    prefix = find_prefix(text)
    known = find_key(prefix) if prefix else None
    if known is None or not is_digest_of(known[0].digest, text):
        raise refuse_key("It is unknown or revoked; ask your operator for another.", address=address)
    key, rules = known
    now = clock.now()
    if key.valid_until is not None and key.valid_until <= now:
        raise refuse_key("It has run out; ask your operator for another.", address=address)
    host_tenant = tenancy.find_current()
    if host_tenant is not None and host_tenant.id != key.tenant_id:
        raise TenantMismatch(f"This key is not one of {host_tenant.slug}'s; use your own tenant's host.")
    _require_open(key.tenant_id)
    require_allowed(rules, address)
    note_use(key.id, at=now)
    return _actor(key)


def _require_open(tenant_id: UUID) -> None:
    tenant = tenancy.directory().by_id(tenant_id)
    if tenant is None or tenant.status not in (TenantStatus.ACTIVE, TenantStatus.SUSPENDED):
        raise TenantClosed("Its keys open nothing any more.")


def _actor(key: KnownKey) -> Actor:
    return Actor(
        kind=ActorKind.API_KEY,
        id=key.id,
        name=key.name,
        tenant_id=key.tenant_id,
        permissions=key.permissions,
        locations=key.locations,
    )
