"""Keys as a process remembers them, by the prefix of each secret: no request costs a database query."""

from datetime import datetime
from uuid import UUID

import msgspec
import redis
from django.db import transaction

from apps.auth import directory, generations
from apps.auth.models import ApiKeySecret
from apps.auth.page_sessions import public_in_sight
from apps.auth.roles import FOR_KEYS, Permissions, within
from apps.auth.security.remembered import mark_name as rules_mark_name
from apps.auth.security.remembered import present_rules, rules_of
from apps.auth.security.rules import SecurityRules
from apps.core import tenancy
from apps.core.reach import Locations
from apps.core.redis_client import ask


class KnownKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a secret stands for; `valid_until` (UTC) is the earlier end of key and secret, None where it has none."""

    id: UUID
    tenant_id: UUID
    name: str
    digest: bytes
    permissions: Permissions
    locations: Locations
    valid_until: datetime | None


def find_key(prefix: str) -> tuple[KnownKey, SecurityRules] | None:
    """The key that a secret with this prefix is of, and its tenant's rules; None where there is none or it is revoked.

    Whether any of it, or the tenants, changed is asked of Redis in one round trip.
    """
    remembered = _memory.at_hand(prefix)
    names = [_mark_name(prefix), directory.MARK] + ([rules_mark_name(remembered.tenant_id)] if remembered else [])
    try:
        (marks,) = ask(("MGET", *map(generations.mark_key, names)))
    except redis.RedisError:
        marks = [generations.AWAY] * len(names)
    directory.look_again_under(marks[1])
    found = _memory.get(prefix, mark=marks[0])
    if found is None:
        _memory.forget_one(prefix)  # anybody may make up prefixes: what is not there takes no room
        return None
    rules = rules_of(found.tenant_id, mark=marks[2]) if remembered else present_rules(found.tenant_id)
    return found, rules


def key_changed(prefixes: list[str]) -> None:
    """Tell every process, once it is committed, that the key behind these secrets changed or is revoked."""

    def tell() -> None:
        for prefix in prefixes:
            generations.announce_change(name=_mark_name(prefix))

    if tenancy.in_transaction():
        transaction.on_commit(tell)
    else:
        tell()


def _mark_name(prefix: str) -> str:
    return f"api-key:{prefix}"


def _load(prefix: str) -> KnownKey | None:
    with public_in_sight():
        secret = ApiKeySecret.objects.select_related("key").filter(prefix=prefix, key__revoked_at=None).first()
    if secret is None:
        return None
    key = secret.key
    locations = None if key.locations is None else frozenset(key.locations)
    ends = [end for end in (key.expires_at, secret.valid_until) if end is not None]
    return KnownKey(
        id=key.id,
        tenant_id=key.tenant_id,
        name=key.name,
        digest=bytes(secret.digest),
        permissions=within(key.permission_set() & FOR_KEYS, narrowed=locations is not None),
        locations=locations,
        valid_until=min(ends, default=None),
    )


_memory: generations.Memory[str, KnownKey | None] = generations.Memory(_load)
