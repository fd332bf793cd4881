"""Writing to the ledger, once for each kind and reference, and asking for balances."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from apps.billing.models import LedgerEntry, LedgerTransaction
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.events.publish import NotInTransaction
from apps.core.ids import new_id

from .chart import Account
from .lines import Line, Posting, balanced, posting

# A rival that posts the same is waited for and then left its posting; entries follow their transaction alone.
_POST = """
WITH posted AS (
    INSERT INTO billing_ledgertransaction (id, kind, reference, occurred_at, location_id, actor_id, actor_name,
        reverses_id)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::timestamptz[], %s::uuid[], %s::uuid[], %s::text[],
        %s::uuid[])
    ON CONFLICT DO NOTHING
    RETURNING id
), entered AS (
    INSERT INTO billing_ledgerentry (id, transaction_id, account, party_id, currency, amount)
    SELECT line.id, line.transaction_id, account, party_id, currency, amount
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::bigint[])
        AS line (id, transaction_id, account, party_id, currency, amount)
    JOIN posted ON posted.id = line.transaction_id
)
SELECT count(*) FROM posted
"""


def post(
    *,
    kind: str,
    reference: UUID,
    lines: tuple[Line, ...],
    at: datetime,
    actor: Actor,
    location_id: UUID | None = None,
) -> bool:
    """Post a movement in the caller's transaction; False, and nothing, where this kind and reference are posted.

    Raises Unbalanced, NotInTransaction.
    """
    made = posting(kind=kind, reference=reference, lines=lines, at=at, actor=actor, location_id=location_id)
    return post_all(postings=[made]) == 1


def post_all(*, postings: Sequence[Posting]) -> int:
    """Post movements by one statement in the caller's transaction; how many of them were not posted before.

    Raises Unbalanced, NotInTransaction.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction("post to the ledger inside the transaction of what it tells of")
    movements = [(new_id(), balanced(each)) for each in postings]
    heads = [
        (id, p.kind, p.reference, p.occurred_at, p.location_id, p.actor_id, p.actor_name, p.reverses_id)
        for id, p in movements
    ]
    lines = [
        (new_id(), id, str(line.account), line.party_id, line.currency, line.amount)
        for id, p in movements
        for line in p.lines
    ]
    if not movements:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_POST, [list(column) for column in (*zip(*heads, strict=True), *zip(*lines, strict=True))])
        return int(cursor.fetchone()[0])


def reverse(
    *,
    kind: str,
    reference: UUID,
    of_kind: str,
    of_reference: UUID,
    at: datetime,
    actor: Actor,
    cash_of: UUID | None = None,
) -> bool:
    """Take back a posting by one of the opposite lines: the only way to correct one. It is taken back once.

    Cash leaves the drawer of `cash_of`, where one is named, and not the one it went into. Gives False where that is
    done already. Raises LedgerTransaction.DoesNotExist, NotInTransaction.
    """
    wrong = LedgerTransaction.objects.get(kind=of_kind, reference=of_reference)
    opposite = tuple(
        Line(
            account=entry.account,
            amount=-entry.amount,
            currency=entry.currency,
            party_id=cash_of if cash_of and entry.account == Account.CASH else entry.party_id,
        )
        for entry in wrong.entries.all()
    )
    return (
        post_all(
            postings=[
                Posting(
                    kind=kind,
                    reference=reference,
                    occurred_at=at,
                    lines=opposite,
                    location_id=wrong.location_id,
                    actor_id=actor.id,
                    actor_name=actor.name,
                    reverses_id=wrong.id,
                )
            ]
        )
        == 1
    )


def get_balance(*, account: str, currency: str, party_id: UUID | None = None) -> int:
    """What an account holds now, in minor units: all of it, or the part of one party."""
    entries = LedgerEntry.objects.filter(account=account, currency=currency)
    if party_id is not None:
        entries = entries.filter(party_id=party_id)
    return int(entries.aggregate(total=Sum("amount"))["total"] or 0)
