"""Each tenant's money goes into its own account at the provider; what another account tells is refused and noted."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from apps.auth import directory
from apps.auth.models import Tenant
from apps.billing.commands.refunds import refund_payment
from apps.billing.models import Dispute, Payment, RefundSending
from apps.billing.online.sendings import submit_refund
from apps.billing.public import StayFacts
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.refusals import assert_problem, everything_written, nothing_written
from tests.tenancy.platform import platform_admin

from .conftest import CASHIER, Yard, charge, make_rate
from .online import agrees, begun, deliver, deliver_all
from .online import stripe as stripe
from .stripe_standin import StripeStandIn

SignIn = Callable[..., Api]
OWN, OTHERS = "acct_OfAcme", "acct_OfGlobex"


@pytest.fixture
def connected(acme: TenantRef, globex: TenantRef) -> Iterator[TenantRef]:
    """Both tenants have accounts; acme is entered."""
    with tenancy.public():
        for tenant, account in ((acme, OWN), (globex, OTHERS)):
            Tenant.objects.filter(id=tenant.id).update(stripe_account=account)
    directory.forget()
    with tenancy.enter(msgspec.structs.replace(acme, stripe_account=OWN)) as entered:
        yield entered
    directory.forget()


@pytest.fixture
def debt(connected: TenantRef, yard: Yard) -> StayFacts:
    make_rate()
    stay = yard.stay(hours=2)
    charge(stay)
    return stay


def changed_since(before: dict[str, tuple[int, str]]) -> set[str]:
    after = everything_written()
    return {table for table in after if after[table] != before[table]}


def test_money_goes_into_the_tenants_account_and_back_out_of_it(stripe: StripeStandIn, debt: StayFacts) -> None:
    online = begun(debt)
    assert (online.account, stripe.accounts[online.provider_id]) == (OWN, OWN)
    stripe.pay(online.provider_id)
    deliver_all(stripe)
    payment = Payment.objects.get()
    refund_payment(payment_id=payment.id, amount=Decimal(20), reason="x", actor=CASHIER, at=clock.now())
    submit_refund(sending_id=RefundSending.objects.get().id, at=clock.now())
    assert [stripe.accounts[id] for id in stripe.refunds] == [OWN]
    stripe.dispute(online.provider_id)
    deliver_all(stripe)
    assert Dispute.objects.get().withdrawn
    agrees(stripe)


def test_what_was_begun_in_one_account_stays_there(
    stripe: StripeStandIn, debt: StayFacts, connected: TenantRef
) -> None:
    online = begun(debt)
    with tenancy.enter(msgspec.structs.replace(connected, stripe_account="acct_Newer")):
        stripe.pay(online.provider_id)
        deliver_all(stripe)
        assert Payment.objects.get().reference == online.provider_id


@pytest.mark.parametrize("account", [OTHERS, ""])
def test_another_account_never_pays_refunds_or_disputes_what_is_ours(
    stripe: StripeStandIn, debt: StayFacts, connected: TenantRef, account: str
) -> None:
    online = begun(debt)
    stripe.pay(online.provider_id)
    genuine = stripe.events[-1]
    forged = {key: value for key, value in genuine.items() if key != "account"} | {"id": "evt_forged"}
    if account:
        forged["account"] = account
    before = everything_written()
    assert deliver(stripe, forged) == 403
    assert changed_since(before) == {f"{connected.schema}.core_auditentry"}
    noted = trail(connected, action="webhook.refused")[0]
    assert noted.after == {"type": "payment_intent.succeeded", "account": account, "expected": OWN}
    assert deliver(stripe, genuine) == 200
    payment = Payment.objects.get()
    refund_payment(payment_id=payment.id, amount=Decimal(20), reason="x", actor=CASHIER, at=clock.now())
    sending = RefundSending.objects.get()
    metadata = {"tenant": str(connected.id), "sending": str(sending.id)}
    about = {"id": "re_forged", "object": "refund", "amount": 4_000, "currency": "inr", "status": "succeeded",
             "metadata": metadata}  # fmt: skip
    refund = {"id": "evt_refund", "type": "refund.updated", "account": account, "data": {"object": about}}
    assert deliver(stripe, refund) == 403
    sending.refresh_from_db()
    assert (sending.status, sending.provider_id) == ("pending", "")
    # its intent is not to be had in that account: only what the dispute says of itself is left
    named = {"id": "dp_forged", "object": "dispute", "amount": 4_000, "currency": "inr", "reason": "fraudulent",
             "status": "lost", "created": 1, "payment_intent": online.provider_id, "metadata": metadata,
             "balance_transactions": [{"amount": -4_000, "fee": 0, "currency": "inr"}]}  # fmt: skip
    dispute = {"id": "evt_dispute", "type": "charge.dispute.created", "account": account, "data": {"object": named}}
    assert deliver(stripe, dispute) == 403
    assert Dispute.objects.count() == 0


def test_a_tenants_event_touches_no_other_tenant(stripe: StripeStandIn, debt: StayFacts, globex: TenantRef) -> None:
    online = begun(debt)
    stripe.pay(online.provider_id)
    about = stripe.events[-1]["data"]["object"]
    theirs = about | {"metadata": about["metadata"] | {"tenant": str(globex.id)}}
    before = everything_written()
    assert deliver(stripe, stripe.events[-1] | {"data": {"object": theirs}}) == 403
    assert changed_since(before) == {f"{globex.schema}.core_auditentry"}


def test_where_each_is_to_have_its_own_who_has_none_is_not_paid_online(
    api: SignIn, stripe: StripeStandIn, yard: Yard, in_acme: TenantRef, settings: Any
) -> None:
    make_rate()
    stay = yard.stay(hours=2)
    charge(stay)
    settings.STRIPE_CONNECT = True
    body = {"entryId": str(stay.stay_id), "amount": 40, "currency": "INR", "method": "online"}
    cashier = api()
    with nothing_written():
        assert_problem(cashier.post("billing/payments", body), 422, "method_not_offered")
    assert "online" not in cashier.get(f"billing/stays/{stay.stay_id}/account").json["paymentMethods"]


def test_the_platforms_people_say_which_account_it_is(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    root = platform_admin()
    read = root.get(f"rules/tenants/{acme.id}")
    path = f"rules/tenants/{acme.id}"
    changed = root.patch(path, {"stripeAccount": OWN}, {"If-Match": read["ETag"]})
    assert (changed.status, changed.json["stripeAccount"]) == (200, OWN)
    found = tenancy.directory().by_id(acme.id)
    assert found is not None
    assert found.stripe_account == OWN
    others, member = root.get(f"rules/tenants/{globex.id}"), api("owner")
    with nothing_written():
        for wrong, code in ((OWN, "taken"), ("cus_1", "invalid"), ("acct_", "invalid")):
            refused = root.patch(f"rules/tenants/{globex.id}", {"stripeAccount": wrong}, {"If-Match": others["ETag"]})
            assert_problem(refused, 422, "invalid", stripeAccount=code)
        owner = member.patch(path, {"stripeAccount": "acct_Mine"}, {"If-Match": changed["ETag"]})
        assert owner.status in (401, 403, 404)
    gone = root.patch(path, {"stripeAccount": ""}, {"If-Match": changed["ETag"]})
    assert (gone.status, gone.json["stripeAccount"]) == (200, None)
