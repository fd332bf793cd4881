"""What a tenant's plan allows, held where the thing is made."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction

from apps.auth.models import Membership, Tenant
from apps.core import tenancy
from apps.core.errors import Conflict, Invalid

MOST = 1_000_000_000


class Limit(StrEnum):
    """The limits that a plan may set, by their names on the wire. A month is the calendar's in the tenant's zone."""

    LOCATIONS = "maxLocations"
    USERS = "maxUsers"
    ENTRIES_PER_MONTH = "maxEntriesPerMonth"


class LimitReached(Conflict):
    code, title = "limit_reached", "The plan does not allow more"


def check_limits(limits: Mapping[str, object]) -> dict[str, int]:
    """Limits as they are stored: what is null has none. Raises Invalid for an unknown name or no whole number."""
    for name, allowed in limits.items():
        if name not in set(Limit):
            raise Invalid.field("limits", "unknown", f"{name[:60]} is no limit; there are {', '.join(Limit)}.")
        if allowed is not None and (isinstance(allowed, bool) or not isinstance(allowed, int)):
            raise Invalid.field("limits", "invalid", f"{name} takes a whole number, or null for none.")
        if isinstance(allowed, int) and not 0 <= allowed <= MOST:
            raise Invalid.field("limits", "out_of_range", f"{name} lies between 0 and {MOST}.")
    return {name: allowed for name, allowed in limits.items() if isinstance(allowed, int)}


@contextmanager
def within_limit(limit: Limit, count: Callable[[], int]) -> Iterator[None]:
    """Make one more of a thing in the current tenant, unless that is more than the plan allows: then nothing is made.

    `count` tells how many there are. Where there is a limit, makers come one after the other; without one this costs
    nothing. Raises LimitReached, which names the limit.
    """
    allowed = tenancy.current().limits.get(limit)
    if allowed is None:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{tenancy.current().id}{limit}"])
        before = count()
        yield
        if before < count() > allowed:
            raise _reached(limit, allowed)


def require_room_for_member(tenant_id: UUID) -> None:
    """Raise LimitReached where a tenant has all the members that its plan allows.

    Locks the tenant's row for the open transaction, so that of two who are added at once one counts the other.
    """
    tenant = Tenant.objects.select_for_update(no_key=True).filter(id=tenant_id).first()
    allowed = tenant.limits.get(Limit.USERS) if tenant is not None else None
    if allowed is not None and Membership._base_manager.filter(tenant_id=tenant_id).count() >= allowed:
        raise _reached(Limit.USERS, allowed)


def _reached(limit: Limit, allowed: int) -> LimitReached:
    facts: dict[str, object] = {"limit": str(limit), "allowed": allowed}
    return LimitReached(f"The plan's {limit} is {allowed}; ask the platform for more.", facts=facts)
