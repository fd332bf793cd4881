"""The security rules as this process remembers them, in the form in which a request needs them."""

from functools import lru_cache
from uuid import UUID

import msgspec
from django.conf import settings

from apps.auth.generations import Mark, Memory, announce_change, read_mark
from apps.auth.models import SecurityRuleSet
from apps.auth.page_sessions import public_in_sight

from .rules import DEFAULTS, Network, SecurityRules, parse_range

_OF_THE_PLATFORM = {asked: SecurityRules(require_mfa=asked) for asked in (True, False)}


@lru_cache(maxsize=10_000)
def mark_name(tenant_id: UUID | None) -> str:
    """Of the mark in Redis that changes with a tenant's rules."""
    return f"security-rules:{tenant_id}"


def rules_of(tenant_id: UUID | None, *, mark: Mark) -> SecurityRules:
    """A tenant's rules under a mark that was asked for along with something else; of no tenant the platform's."""
    return _platforms() if tenant_id is None else _memory.get(tenant_id, mark=mark)


def present_rules(tenant_id: UUID | None) -> SecurityRules:
    """A tenant's rules of now."""
    return _platforms() if tenant_id is None else rules_of(tenant_id, mark=read_mark(name=mark_name(tenant_id)))


def announce_rules(tenant_id: UUID) -> None:
    """Have every process read them anew. Call it after the commit."""
    announce_change(name=mark_name(tenant_id))


@lru_cache(maxsize=1_000)
def networks_of(ranges: tuple[str, ...]) -> tuple[Network, ...]:
    """Ranges as they are compared."""
    return tuple(parse_range(text) for text in ranges)


def read_rules(row: SecurityRuleSet | None) -> SecurityRules:
    """The rules of a row; of none the defaults. A rule that is newer than the row has its default."""
    return DEFAULTS if row is None else msgspec.convert(row.rules, SecurityRules)


def _platforms() -> SecurityRules:
    """For who looks after the installation: the defaults, and a second factor where the settings ask for one."""
    return _OF_THE_PLATFORM[settings.REQUIRE_MFA_FOR_PLATFORM]


def _load(tenant_id: UUID) -> SecurityRules:
    with public_in_sight():
        return read_rules(SecurityRuleSet.objects.filter(tenant_id=tenant_id).first())


_memory: Memory[UUID, SecurityRules] = Memory(_load)
