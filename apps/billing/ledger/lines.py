"""What is posted: lines that sum to zero in each currency. Nothing here touches the database."""

from collections import Counter
from datetime import datetime
from uuid import UUID

import msgspec

from apps.core.actor import Actor


class Unbalanced(ValueError):
    """The lines of a posting do not sum to zero, or are no lines of a posting: a fault of whoever made them."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An `amount` in minor units of `currency` on an account: a debit above zero, a credit below."""

    account: str
    amount: int
    currency: str
    party_id: UUID | None = None


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One movement: what happened (`kind`) to which thing (`reference`) at `occurred_at` (UTC), and its lines.

    A kind happens to a reference once: a payment is taken once, a refund given once. Lines of zero are left out.
    """

    kind: str
    reference: UUID
    occurred_at: datetime
    lines: tuple[Line, ...]
    location_id: UUID | None
    actor_id: UUID | None
    actor_name: str
    reverses_id: UUID | None = None


def posting(
    *,
    kind: str,
    reference: UUID,
    lines: tuple[Line, ...],
    at: datetime,
    actor: Actor,
    location_id: UUID | None = None,
) -> Posting:
    """A movement by `actor` at `at` (UTC). Raises Unbalanced."""
    return balanced(
        Posting(
            kind=kind,
            reference=reference,
            occurred_at=at,
            lines=lines,
            location_id=location_id,
            actor_id=actor.id,
            actor_name=actor.name,
        )
    )


def balanced(posting: Posting) -> Posting:
    """The posting without lines of zero. Raises Unbalanced where it moves nothing or does not sum to zero."""
    lines = tuple(line for line in posting.lines if line.amount)
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line.currency] += line.amount
    crooked = {currency: off for currency, off in sums.items() if off}
    if crooked or len(lines) < 2:
        raise Unbalanced(f"{posting.kind} of {posting.reference}: {len(lines)} lines, off by {crooked}")
    return msgspec.structs.replace(posting, lines=lines)
