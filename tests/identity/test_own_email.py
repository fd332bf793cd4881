"""Another e-mail address of one's own counts when its link comes back from who asked for it; the old one is told."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from apps.auth.models import User
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.identity.people import PASSWORD, at_host, login
from tests.identity.phones import enrolled
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]
HOST, OLD, NEW = "acme.localhost", "operator@acme.example", "asha@new.example"


def addresses() -> set[str]:
    with tenancy.public():
        return set(User.objects.values_list("email", flat=True))


def token() -> str:
    found = re.search(r"/confirm-email/\?token=(\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def asked(api: Api, email: str = NEW) -> str:
    answer = api.post("auth/me/email", {"newEmail": email, "password": PASSWORD})
    assert answer.status == 202, answer
    return token()


def test_it_counts_when_the_link_comes_back(api: SignIn, acme: TenantRef) -> None:
    operator, other = api("operator"), at_host(HOST, login(OLD, host=HOST).json["accessToken"])
    link = asked(operator, " Asha@New.example ")
    assert mail.outbox[-1].to == [NEW]
    assert login(OLD, host=HOST).status == 200, "nothing changed yet"

    assert operator.post("auth/me/email/confirm", {"token": link}).status == 204

    assert operator.get("auth/me").json["user"]["email"] == NEW
    assert login(NEW, host=HOST).status == 200
    assert login(OLD, host=HOST).status == 401
    assert_problem(other.get("auth/me"), 401, "invalid_token")
    assert mail.outbox[-1].to == [OLD]
    assert NEW in str(mail.outbox[-1].body)
    changed = next(one for one in trail(acme) if one.action == "user.email_changed")
    assert (changed.before, changed.after) == ({"email": OLD}, {"email": NEW})
    with nothing_written():
        assert_problem(operator.post("auth/me/email/confirm", {"token": link}), 403, "link_invalid")


def test_a_stranger_who_was_sent_the_link_by_mistake_gains_nothing(
    api: SignIn, acme: TenantRef, globex: TenantRef
) -> None:
    link, before = asked(api("operator")), addresses()
    with nothing_written():
        for stranger in (api("manager"), api("owner", "globex")):
            assert_problem(stranger.post("auth/me/email/confirm", {"token": link}), 403, "link_invalid")
        assert_problem(Api(HOST).post("auth/me/email/confirm", {"token": link}), 401, "not_authenticated")
    assert addresses() == before


@pytest.mark.parametrize("what", ["late", "forged", "password", "address"])
def test_a_link_dies(api: SignIn, acme: TenantRef, what: str) -> None:
    operator = api("operator")
    link, later = asked(operator), timedelta()
    if what == "late":
        later = timedelta(minutes=60, seconds=1)
        operator = Api(HOST)
        with time_machine.travel(clock.now() + later):
            operator.token = login(OLD, host=HOST).json["accessToken"]
    elif what == "forged":
        link = link[:-4] + "AAAA"
    elif what == "password":
        changed = {"currentPassword": PASSWORD, "newPassword": "three blue ferries"}
        assert operator.post("auth/password", changed).status == 204
    else:
        assert operator.post("auth/me/email/confirm", {"token": asked(operator, "first@new.example")}).status == 204
    before = addresses()
    with time_machine.travel(clock.now() + later), nothing_written():
        assert_problem(operator.post("auth/me/email/confirm", {"token": link}), 403, "link_invalid")
    assert addresses() == before


def test_an_address_that_somebody_has_is_told_to_its_owner_alone(api: SignIn, acme: TenantRef) -> None:
    operator, before = api("operator"), addresses()
    link = asked(operator, "owner@globex.example")
    with nothing_written():
        assert_problem(operator.post("auth/me/email/confirm", {"token": link}), 409, "email_taken")
    assert addresses() == before


def test_it_takes_the_password_and_the_second_factor(api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    phone, _ = enrolled(operator)
    body = {"newEmail": NEW, "password": PASSWORD}
    with nothing_written():
        assert_problem(operator.post("auth/me/email", body | {"password": "wrong"}), 401, "invalid_credentials")
        assert_problem(operator.post("auth/me/email", body), 401, "mfa_required")
        assert_problem(operator.post("auth/me/email", body | {"mfaCode": phone.wrong()}), 401, "mfa_required")
        wrong = body | {"newEmail": "nonsense"}
        assert_problem(operator.post("auth/me/email", wrong), 422, "invalid", newEmail="invalid")
    assert mail.outbox == []
    assert operator.post("auth/me/email", body | {"mfaCode": phone.code(1)}).status == 202


def test_five_an_hour(api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    for number in range(5):
        asked(operator, f"n{number}@new.example")
    sent = len(mail.outbox)
    assert_problem(operator.post("auth/me/email", {"newEmail": NEW, "password": PASSWORD}), 429, "too_many_attempts")
    assert len(mail.outbox) == sent


def test_at_the_page(acme: TenantRef) -> None:
    client = Client(raise_request_exception=False, headers={"host": HOST})
    assert client.get("/confirm-email/?token=x")["Location"] == "/sign-in/?next=/confirm-email/%3Ftoken%3Dx"
    client.post("/sign-in/", {"email": OLD, "password": PASSWORD})
    assert client.post("/ways-in/", {"email": NEW, "password": "wrong"}).status_code == 401

    sent = client.post("/ways-in/", {"email": NEW, "password": PASSWORD})

    assert f"A link was sent to {NEW}" in sent.content.decode()
    link = token()
    page = client.get("/confirm-email/", {"token": link})
    assert link in page.content.decode()
    assert OLD in addresses(), "looking changes nothing"
    assert client.post("/confirm-email/", {"token": link})["Location"] == "/ways-in/"
    assert NEW in client.get("/ways-in/").content.decode()
    assert client.post("/confirm-email/", {"token": link}).status_code == 403
