"""What a subscription could not take after its last try: listed, tried again, or given up by a person.

While it stands, what follows in its aggregate waits behind it; so both ways out let the rest go on, in order.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from django.db import transaction
from django.db.models import QuerySet

from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Invalid
from apps.core.shared.models import Delivery

log = structlog.get_logger(__name__)


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters by what they have in common; everything that is given must fit. With nothing given: all."""

    subscription: str | None = None
    event_id: UUID | None = None
    ids: Sequence[int] | None = None


def list_dead(*, which: Which) -> QuerySet[Delivery]:
    """Dead letters, the longest dead first. Ask in the public schema."""
    found = Delivery.objects.filter(dead_at__isnull=False).order_by("dead_at", "id")
    if which.subscription is not None:
        found = found.filter(subscription=which.subscription)
    if which.event_id is not None:
        found = found.filter(event_id=which.event_id)
    return found if which.ids is None else found.filter(id__in=which.ids)


def redrive(*, which: Which, at: datetime, actor: Actor) -> int:
    """Have dead letters tried again from `at` (UTC) on, with all their tries before them; gives how many."""
    with tenancy.public(), transaction.atomic():
        revived = list_dead(which=which).order_by().update(dead_at=None, attempts=0, next_attempt_at=at)
        told = _words(which) | {"count": revived}
        audit.record("dead_letters.redriven", audit.Subject("delivery", "dead"), actor=actor, after=told)
    log.info("dead_letters_redriven", count=revived, actor=actor.name, **_words(which))
    return revived


def discard(*, which: Which, reason: str, actor: Actor) -> int:
    """Give dead letters up for good and say how many; the events themselves stay in their store.

    Each leaves a log line that names it, who did it and why. Raises Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid.field("reason", "required", "Say why: it goes into the log, and nothing else tells of it later.")
    with tenancy.public(), transaction.atomic():
        given_up = list(list_dead(which=which).select_for_update())
        Delivery.objects.filter(id__in=[letter.pk for letter in given_up]).delete()
        for letter in given_up:
            told = {"subscription": letter.subscription, "type": letter.type, "reason": reason.strip()}
            audit.record("dead_letter.discarded", audit.Subject("event", letter.event_id), actor=actor, after=told)
    for letter in given_up:
        log.warning(
            "dead_letter_discarded",
            subscription=letter.subscription,
            event_id=str(letter.event_id),
            type=letter.type,
            tenant_schema=letter.tenant_schema,
            attempts=letter.attempts,
            error=letter.error,
            reason=reason.strip(),
            actor=actor.name,
        )
    return len(given_up)


def _words(which: Which) -> dict[str, str]:
    given = {"subscription": which.subscription, "event_id": which.event_id, "ids": which.ids}
    return {name: str(value) for name, value in given.items() if value is not None}
