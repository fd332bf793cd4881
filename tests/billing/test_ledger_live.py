"""The ledger beside a running relay: posted from what the gate reports, once, whoever posts at the same moment."""

import pytest
from django.db import transaction

from apps.billing.handlers import HEARD, LedgerHandler
from apps.billing.ledger import Account, Line, get_balance, post
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import LedgerEntry, LedgerTransaction
from apps.core.events import Envelope
from apps.core.events.subscription import Subscription
from apps.core.ids import new_id
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY
from tests.events.relays import outbox_is_empty, relaying, wait_for
from tests.races.rivals import as_owner, at_once
from tests.reports.town import Town

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 5


def test_what_the_gate_reports_is_posted_and_agrees(in_acme: TenantRef) -> None:
    with relaying(Subscription(name="ledger", events=HEARD, handler=LedgerHandler())):
        Town(7).live(120)
        wait_for(outbox_is_empty)
    assert list(find_disagreements()) == []
    assert LedgerTransaction.objects.filter(kind="payment_taken").count() > 10
    assert post_missing() == 0


def test_an_event_that_comes_again_posts_nothing(in_acme: TenantRef) -> None:
    Town(3).live(40)
    assert post_missing() > 5
    before = list(LedgerEntry.objects.order_by("id").values())
    for stored in Event.objects.filter(type__in=[event.__name__ for event in HEARD]):
        with transaction.atomic():
            LedgerHandler().handle(envelope(stored, in_acme))
    assert list(LedgerEntry.objects.order_by("id").values()) == before


def envelope(stored: Event, tenant: TenantRef) -> Envelope:
    return Envelope(
        position=stored.position,
        id=stored.id,
        type=stored.type,
        schema_version=stored.schema_version,
        tenant=tenant,
        aggregate_type=stored.aggregate_type,
        aggregate_id=stored.aggregate_id,
        version=stored.aggregate_version,
        occurred_at=stored.occurred_at,
        data_json='{"entryId": "%(entryId)s", "paymentId": "%(paymentId)s"}' % ({"paymentId": ""} | stored.data),
        metadata_json="{}",
    )


def posted_at_once(tenant: TenantRef) -> list[bool]:
    thing = new_id()
    lines = (
        Line(account=Account.CASH, amount=500, currency="INR"),
        Line(account=Account.ROUNDING, amount=-500, currency="INR"),
    )

    def act() -> bool:
        with transaction.atomic():
            return post(kind="moved", reference=thing, lines=lines, at=ENTRY, actor=CASHIER)

    return at_once(tenant, *[act] * RIVALS)


def test_rivals_post_a_movement_once(in_acme: TenantRef) -> None:
    assert sorted(posted_at_once(in_acme)) == [False] * (RIVALS - 1) + [True]
    assert get_balance(account=Account.CASH, currency="INR") == 500


def test_control_without_the_unique_index_all_of_them_post(in_acme: TenantRef) -> None:
    as_owner(f"ALTER TABLE {in_acme.schema}.billing_ledgertransaction DROP CONSTRAINT ledger_posted_once")
    assert posted_at_once(in_acme) == [True] * RIVALS
    assert get_balance(account=Account.CASH, currency="INR") == 500 * RIVALS
