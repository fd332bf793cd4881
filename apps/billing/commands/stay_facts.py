"""Telling billing something of a stay before it ends: facts, and what lends them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from apps.billing.declared_facts import FactValue, require_declared
from apps.billing.known_stays import governing_rate
from apps.billing.models import StayFee
from apps.billing.stay_accounts import keep, kept_facts, lock_account
from apps.billing.stays import StayFacts, get_stay
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict

Facts = dict[str, FactValue]


class StayEnded(Conflict):
    code, title = "stay_ended", "The stay has ended; its fee is charged"


@transaction.atomic
def tell_facts(*, stay_id: UUID, facts: Mapping[str, FactValue], actor: Actor, at: datetime) -> Facts:
    """Add facts to what is known of an open stay, each replacing what was told before; gives all that is known.

    Raises StayNotFound, StayEnded, Invalid for a fact that the governing plan does not declare, naming those it does.
    """
    return tell_of_stay(stay=get_stay(stay_id), facts=facts, actor=actor, at=at)


def tell_of_stay(*, stay: StayFacts, facts: Mapping[str, FactValue], actor: Actor, at: datetime) -> Facts:
    """The same of a stay that is at hand, in the caller's transaction."""
    require_declared(governing_rate(stay), facts)
    account = lock_open_account(stay, at=at)
    known = add_facts(account, facts)
    audit.record("stay.facts_told", audit.Subject("parking_entry", stay.stay_id), actor=actor, after=dict(facts))
    return known


def lock_open_account(stay: StayFacts, *, at: datetime) -> StayFee:
    """The account of a stay that goes on, locked until the caller's transaction ends. Raises StayEnded."""
    if stay.exit_at is not None:
        raise StayEnded("Nothing can be told of it any more.")
    account = lock_account(stay, currency=tenancy.current().currency, at=at)
    if not account.is_open:
        raise StayEnded("It has just ended.")
    return account


def add_facts(account: StayFee, facts: Mapping[str, FactValue]) -> Facts:
    """Keep facts besides those that are known; gives all."""
    kept = kept_facts(account)
    known = {**kept.facts, **facts}
    keep(account, msgspec.structs.replace(kept, facts=known))
    return known


def withdraw_facts(account: StayFee, facts: Mapping[str, FactValue], *, still_lent: Mapping[str, FactValue]) -> Facts:
    """Forget what was lent, but for what somebody else lends as well; gives what is left."""
    kept = kept_facts(account)
    known = {name: value for name, value in kept.facts.items() if facts.get(name) != value} | dict(still_lent)
    keep(account, msgspec.structs.replace(kept, facts=known))
    return known
