"""Keys for gates, cameras and integrations: made, rotated with an overlap, revoked.

A key is the tenant's. It keeps working when its maker leaves or loses a permission, for a gate must not stay shut
because somebody moved on (ADR 0015); who may write keys sees whose they are, and rotates or revokes them.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction

from apps.auth.keys.known import key_changed
from apps.auth.keys.secrets import make_secret
from apps.auth.models import ApiKey, ApiKeySecret
from apps.auth.models.access import write_permissions
from apps.auth.page_sessions import public_in_sight
from apps.auth.roles import FOR_KEYS, WRITE, Permission, Permissions
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.reach import Locations

from .granting import Grantor, grantor_of, lock_tenant
from .own_roles import require_known

KEYS: Permission = ("api-keys", WRITE)
MOST_KEYS = 1000
LONGEST_OVERLAP_HOURS = 168
LONGEST_LIFE = timedelta(days=3653)


class ApiKeyNotFound(NotFound):
    code, title = "api_key_not_found", "There is no such API key here"


class ApiKeyRevoked(Conflict):
    code, title = "api_key_revoked", "This API key is revoked or has run out"


class TooManyKeys(Conflict):
    code, title = "too_many_api_keys", "A tenant has at most 1,000 API keys that are not revoked"


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to be made: what it may do, where (None: at all locations), and until when (aware; None: until revoked)."""

    name: str
    permissions: Permissions
    locations: Locations = None
    expires_at: datetime | None = None


class ShownKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key with a secret in clear, which nobody can show again."""

    key: ApiKey
    secret: str


def create_api_key(*, tenant_id: UUID, new: NewKey, actor: Actor, at: datetime) -> ShownKey:
    """Make a key that may do no more than `actor`, at `at` (UTC).

    Raises GrantsTooMuch, NotYourLocations, TooManyKeys, and Invalid for a name, permission or end that cannot be.
    """
    if not new.name.strip():
        raise Invalid.field("name", "empty", "Say what the key is for, like: north gate.")
    require_known(new.permissions, among=FOR_KEYS)
    _check_end(new.expires_at, at=at)
    with public_in_sight(), transaction.atomic():
        _lock(tenant_id, actor).require_holding(new.permissions, at=new.locations)
        if ApiKey.objects.filter(tenant_id=tenant_id, revoked_at=None).count() >= MOST_KEYS:
            raise TooManyKeys("Revoke those that are not used any more.")
        key = ApiKey.objects.create(
            tenant_id=tenant_id,
            name=new.name.strip(),
            permissions=write_permissions(new.permissions),
            locations=None if new.locations is None else sorted(new.locations),
            created_by_id=actor.id,
            created_at=at,
            expires_at=new.expires_at.astimezone(UTC) if new.expires_at else None,
        )
        secret = _add_secret(key, at=at)
        _audit("api_key.added", key, actor, after=_told(key))
        return ShownKey(key=key, secret=secret)


def rotate_api_key(*, tenant_id: UUID, key_id: UUID, overlap_hours: int, actor: Actor, at: datetime) -> ShownKey:
    """Give a key a new secret. The old ones work for so many hours more, and no longer than they would have.

    Whoever gets the secret gets what it may do, so `actor` must hold that. Raises ApiKeyNotFound, ApiKeyRevoked,
    GrantsTooMuch, NotYourLocations, Invalid.
    """
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        raise Invalid.field("overlapHours", "out_of_range", f"Between 0 and {LONGEST_OVERLAP_HOURS} hours.")
    with public_in_sight(), transaction.atomic():
        grantor = _lock(tenant_id, actor)
        key = _find(tenant_id, key_id)
        grantor.require_holding(key.permission_set(), at=_places(key))
        if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
            raise ApiKeyRevoked("Make a new one.")
        old = list(key.secrets.values_list("prefix", flat=True))
        key.secrets.filter(valid_until__lte=at).delete()
        ends = at + timedelta(hours=overlap_hours)
        key.secrets.exclude(valid_until__lt=ends).update(valid_until=ends)
        secret = _add_secret(key, at=at)
        _audit("api_key.rotated", key, actor, after={"overlapHours": overlap_hours})
    key_changed(old)
    return ShownKey(key=key, secret=secret)


def revoke_api_key(*, tenant_id: UUID, key_id: UUID, actor: Actor, at: datetime) -> None:
    """Have a key refused from the next request on; revoking it twice is no error.

    Raises ApiKeyNotFound, GrantsTooMuch, NotYourLocations.
    """
    with public_in_sight(), transaction.atomic():
        grantor = _lock(tenant_id, actor)
        key = _find(tenant_id, key_id)
        grantor.require_reach(_places(key))
        if key.revoked_at is None:
            key.revoked_at = at
            key.save(update_fields=["revoked_at"])
            _audit("api_key.revoked", key, actor, after={"revokedAt": at})
        prefixes = list(key.secrets.values_list("prefix", flat=True))
    key_changed(prefixes)


def _told(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "permissions": key.permissions,
        "locations": key.locations,
        "expiresAt": key.expires_at,
    }


def _audit(action: str, key: ApiKey, actor: Actor, *, after: dict[str, object]) -> None:
    audit.record(action, audit.Subject("api_key", key.id), actor=actor, tenant_id=key.tenant_id, after=after)


def _check_end(expires_at: datetime | None, *, at: datetime) -> None:
    if expires_at is not None and not at < expires_at <= at + LONGEST_LIFE:
        raise Invalid.field("expiresAt", "out_of_range", "The end lies in the future, at most ten years away.")


def _lock(tenant_id: UUID, actor: Actor) -> Grantor:
    lock_tenant(tenant_id)
    grantor = grantor_of(actor, tenant_id=tenant_id)
    grantor.require(KEYS)
    return grantor


def _find(tenant_id: UUID, key_id: UUID) -> ApiKey:
    key = ApiKey.objects.filter(tenant_id=tenant_id, id=key_id).first()
    if key is None:
        raise ApiKeyNotFound("Check the key's id; it is not one of this tenant.")
    return key


def _places(key: ApiKey) -> Locations:
    return None if key.locations is None else frozenset(key.locations)


def _add_secret(key: ApiKey, *, at: datetime) -> str:
    new = make_secret()
    ApiKeySecret.objects.create(key=key, prefix=new.prefix, digest=new.digest, created_at=at)
    return new.clear
