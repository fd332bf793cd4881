"""Refused attempts: who was turned away from what. Told once, then at ten, a hundred, a thousand of the same kind.

So one who knocks a million times leaves seven rows; and no tenant's trail takes more than `MOST_AN_HOUR` of them, after
which one row says that more were not kept. The log has each.
"""

import hashlib

import redis
import structlog
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse

from apps.core import tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.errors import DomainError
from apps.core.redis_client import client
from apps.core.tenancy import TenantRef

from .origin import find_actor, origin_of
from .recording import Subject, platforms_table, tenants_table, write
from .rows import Outcome

log = structlog.get_logger(__name__)

STATUSES = frozenset({401, 403, 404, 429})
WINDOW_SECONDS = 600
MOST_AN_HOUR = 500
NOBODY = Actor(kind=ActorKind.USER, name="")
# Strangers who just open a page, and addresses that are not there at all, say nothing about anybody.
_EVERYDAY = frozenset({"not_authenticated", "not_found", "unknown_host"})
_COUNT = """
local counted = redis.call('INCR', KEYS[1])
if counted == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return counted
"""


def note_refusal(request: HttpRequest, response: HttpResponse) -> None:
    """Write down a refusal that concerns who may do what, in a transaction of its own.

    It answers no differently when it fails: while Redis or the database is away the log alone has it.
    """
    refusal: DomainError | None = getattr(response, "refusal", None)
    if refusal is None or not refusal.audited or refusal.code in _EVERYDAY:
        return
    try:
        _note(request, refusal)
    except (redis.RedisError, DatabaseError) as error:
        log.warning("refusal_unrecorded", code=refusal.code, error=str(error))


def _note(request: HttpRequest, refusal: DomainError) -> None:
    actor = find_actor(request) or NOBODY
    tenant = _tenant_of(request, actor)
    came_from = origin_of(request)
    match = request.resolver_match
    action = f"{request.method} {match.route if match else 'none'}"[:300]
    kind = "|".join((str(actor.id or came_from.address), action, refusal.code))
    where = tenant.schema if tenant else tenancy.PUBLIC_SCHEMA
    times = _counted(f"{where}:refused:{hashlib.sha256(kind.encode()).hexdigest()[:32]}", WINDOW_SECONDS)
    if str(times).strip("0") != "1":
        return
    kept = _counted(f"{where}:refusals", 3600)
    if kept > MOST_AN_HOUR + 1:
        return
    code = refusal.code if kept <= MOST_AN_HOUR else "more_not_kept"
    with tenancy.public(), transaction.atomic():
        write(
            Outcome.REFUSED, action, Subject("call", request.path[:300]), actor=actor, came_from=came_from, code=code,
            times=times, table=tenants_table(tenant.schema) if tenant else platforms_table(),
        )  # fmt: skip


def _tenant_of(request: HttpRequest, actor: Actor) -> TenantRef | None:
    if actor.tenant_id is not None:
        return tenancy.directory().by_id(actor.tenant_id)
    tenant: TenantRef | None = getattr(request, "tenant", None)
    return tenant


def _counted(key: str, seconds: int) -> int:
    return int(client().eval(_COUNT, 1, key, seconds))  # type: ignore[misc, no-untyped-call, arg-type, unused-ignore]
