"""Links to pay: good for one payment of one tenant, as long as it is open, and telling no more than is needed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.billing.models import OnlinePayment, Payment
from apps.billing.online.links import find_page
from apps.billing.public import StayFacts
from apps.core import clock
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

from .online import begun, cash, start
from .online import debt as debt
from .online import stripe as stripe
from .stripe_standin import StripeStandIn

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


def link_of(online: OnlinePayment) -> str:
    page = find_page(online)
    assert page is not None
    return page.removeprefix("/pay/").rstrip("/")


def test_who_holds_it_sees_what_pays_it_and_no_more(stripe: StripeStandIn, debt: StayFacts) -> None:
    online = start(debt)  # no worker has told the provider of it
    link = link_of(online)
    told = Api(host="acme.localhost").get(f"billing/pay/{link}")
    online.refresh_from_db()
    assert told.status == 200
    assert told.json.keys() == {
        "operator", "amount", "currency", "status", "problem", "clientSecret", "publishableKey", "account", "expiresAt",
    }  # fmt: skip
    assert (told.json["amount"], told.json["status"]) == (40, "pending")
    assert told.json["clientSecret"] == f"{online.provider_id}_secret_of_the_payer"
    assert len(stripe.intents) == 1
    stripe.pay(online.provider_id)
    paid = Api(host="acme.localhost").get(f"billing/pay/{link}").json
    assert (paid["status"], paid["clientSecret"], Payment.objects.count()) == ("succeeded", None, 1)


def test_it_is_nobodys_at_another_tenant_and_cannot_be_made_up(stripe: StripeStandIn, debt: StayFacts) -> None:
    online = begun(debt)
    link = link_of(online)
    forged = f"{online.id.hex}.{'A' * 43}"
    with nothing_written():
        for host, tried in (
            ("globex.localhost", link), ("acme.localhost", forged),
            ("acme.localhost", online.id.hex), ("acme.localhost", "x" * 5_000),
        ):  # fmt: skip
            assert_problem(Api(host=host).get(f"billing/pay/{tried}"), 404, "online_payment_not_found")
            page = Client(headers={"host": host}).get(f"/pay/{tried}/")
            assert page.status_code == 404


def test_what_was_paid_at_the_counter_is_not_asked_for_on(stripe: StripeStandIn, debt: StayFacts) -> None:
    online = begun(debt)
    link = link_of(online)
    cash(debt)
    online.refresh_from_db()
    assert (online.unwanted, find_page(online)) == (True, None)
    told = Api(host="acme.localhost").get(f"billing/pay/{link}").json
    assert (told["status"], told["clientSecret"]) == ("canceled", None)


def test_an_old_link_pays_no_more(stripe: StripeStandIn, debt: StayFacts) -> None:
    link = link_of(begun(debt))
    with time_machine.travel(clock.now() + timedelta(minutes=30), tick=False):
        assert Api(host="acme.localhost").get(f"billing/pay/{link}").json["clientSecret"] is None


def test_the_cashier_is_given_a_page_and_its_code(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    body = {"entryId": str(debt.stay_id), "amount": 40, "currency": "INR", "method": "online"}
    asked = api().post("billing/payments", body).json
    assert asked["payUrl"] == f"http://acme.localhost{find_page(OnlinePayment.objects.get())}"
    code = api().get(f"billing/payments/online/{asked['id']}/qr.svg").response
    assert (code.status_code, code["Content-Type"]) == (200, "image/svg+xml")
    assert b"<svg" in code.content
    page = Client(headers={"host": "acme.localhost"}).get(asked["payUrl"])
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com;" in policy
    assert "frame-src https://js.stripe.com" in policy
    cash(debt)
    gone = api().get(f"billing/payments/online/{asked['id']}/qr.svg")
    assert_problem(gone, 404, "online_payment_not_found")


def test_without_the_key_of_its_script_there_is_no_page(
    api: SignIn, stripe: StripeStandIn, debt: StayFacts, settings: object
) -> None:
    link = link_of(begun(debt))
    settings.STRIPE_PUBLISHABLE_KEY = ""  # type: ignore[attr-defined]
    body = {"entryId": str(debt.stay_id), "amount": 40, "currency": "INR", "method": "online"}
    assert api().post("billing/payments", body).json["payUrl"] is None
    assert Client(headers={"host": "acme.localhost"}).get(f"/pay/{link}/").status_code == 404


def test_a_stays_account_names_the_ways_to_pay_there(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    call = f"billing/stays/{debt.stay_id}/account"
    assert api().get(call).json["paymentMethods"] == ["cash", "card", "upi", "account", "online"]
    changed = api("owner").patch("billing/payment-rules", {"paymentMethods": ["card"]}, {"If-Match": '"0"'})
    assert changed.status == 200
    assert api().get(call).json["paymentMethods"] == ["card"]
