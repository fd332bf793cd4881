"""A new password by a link in an e-mail: good once, for an hour, and nobody learns who has an account."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client, override_settings

from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD, at_host, login
from tests.identity.phones import enrolled
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
HOST, EMAIL, NEW = "acme.localhost", "operator@acme.example", "three blue ferries"


def from_somewhere(host: str = HOST, address: str = "") -> Api:
    """A client at an address of its own: requests are counted in Redis, which no rollback touches."""
    address = address or f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::7"
    return Api(host, client=Client(raise_request_exception=False, REMOTE_ADDR=address))


def ask(email: str = EMAIL, **where: str) -> Reply:
    return from_somewhere(**where).post("auth/password/reset", {"email": email})


def token() -> str:
    found = re.search(r"/reset-password/\?token=(\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def confirm(link: str, new: str = NEW) -> Reply:
    return from_somewhere().post("auth/password/reset/confirm", {"token": link, "newPassword": new})


def test_the_link_sets_a_password_once_and_ends_all_sign_ins(acme: TenantRef) -> None:
    there = at_host(HOST, login(EMAIL, host=HOST).json["accessToken"])

    assert ask(" Operator@acme.example ").status == 202
    (message,) = mail.outbox
    assert (message.to, message.from_email) == ([EMAIL], "Acme <parking@localhost>")
    assert "http://acme.localhost/reset-password/?token=" in str(message.body)
    assert confirm(token()).status == 204

    assert_problem(there.get("auth/me"), 401, "invalid_token")
    assert login(EMAIL, NEW, host=HOST).status == 200
    assert login(EMAIL, PASSWORD, host=HOST, address="198.51.100.77").status == 401
    assert_problem(confirm(token(), "four green lorries"), 403, "link_invalid")
    assert login(EMAIL, NEW, host=HOST).status == 200


def test_known_and_unknown_addresses_are_answered_alike(acme: TenantRef) -> None:
    answers = [ask(EMAIL), ask("nobody@acme.example"), ask("no address at all")]

    assert {(one.status, one.response.content) for one in answers} == {(202, b"")}
    assert [message.to for message in mail.outbox] == [[EMAIL]]


def test_five_an_hour(acme: TenantRef) -> None:
    for email in (EMAIL, "nobody@acme.example"):
        address = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::7"
        for _ in range(5):
            assert ask(email, address=address).status == 202
        assert_problem(ask(email, address=address), 429, "too_many_attempts")
    assert len(mail.outbox) == 5


def test_a_weak_password_is_refused_and_the_link_stays_good(acme: TenantRef) -> None:
    ask()

    assert_problem(confirm(token(), "short"), 422, "invalid", newPassword="too_short")
    assert confirm(token()).status == 204


@pytest.mark.parametrize("change", [lambda t: t[:-1] + "x", lambda t: "x", lambda t: uuid4().hex + t[32:], str.upper])
def test_a_forged_link_changes_nothing(acme: TenantRef, change: Callable[[str], str]) -> None:
    ask()
    with nothing_written():
        assert_problem(confirm(change(token())), 403, "link_invalid")
    assert login(EMAIL, PASSWORD, host=HOST).status == 200


@override_settings(PASSWORD_RESET_TIMEOUT=-1)
def test_after_an_hour_it_is_over(acme: TenantRef) -> None:
    ask()
    assert_problem(confirm(token()), 403, "link_invalid")
    assert login(EMAIL, PASSWORD, host=HOST).status == 200


def test_the_second_factor_is_still_asked_for(api: Callable[..., Api]) -> None:
    enrolled(api("operator"))
    ask()
    confirm(token())

    assert_problem(login(EMAIL, NEW, host=HOST), 401, "mfa_required")


def test_the_pages(acme: TenantRef) -> None:
    browser: Any = Client(headers={"host": HOST}, REMOTE_ADDR=f"2001:db8:{uuid4().hex[:4]}::7")
    assert "/forgot-password/" in browser.get("/sign-in/").content.decode()
    assert "on its way" in browser.post("/forgot-password/", {"email": EMAIL}).content.decode()
    page = browser.get("/reset-password/", {"token": token()})
    assert page["Referrer-Policy"] == "no-referrer"
    assert browser.post("/reset-password/", {"token": token(), "password": "short"}).status_code == 422
    assert browser.post("/reset-password/", {"token": token(), "password": NEW}).status_code == 200
    assert browser.post("/reset-password/", {"token": token(), "password": NEW}).status_code == 403
    assert login(EMAIL, NEW, host=HOST).status == 200
