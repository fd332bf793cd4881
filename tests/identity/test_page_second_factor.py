"""The page's sign-in asks for the second factor as a second step; a page lets people look after theirs."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from django.test import Client

from apps.auth.commands import page_sign_in
from apps.auth.models import SecondFactor, SignInKind, SignInSession, User
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.people import PASSWORD
from tests.identity.phones import Phone, enrolled, require_mfa

pytestmark = pytest.mark.django_db
HOST, EMAIL = "acme.localhost", "operator@acme.example"


@pytest.fixture
def browser(acme: TenantRef) -> Client:
    return Client(raise_request_exception=False, headers={"host": HOST})


def open_page_sign_ins() -> int:
    with tenancy.public():
        return SignInSession.objects.filter(kind=SignInKind.PAGE, ended_at=None).count()


def first_step(browser: Client) -> str:
    answer = browser.post("/sign-in/", {"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 401
    return answer.content.decode()


def test_two_steps(api: Callable[..., Api], browser: Client) -> None:
    phone, _ = enrolled(api("operator"))
    page = first_step(browser)
    assert 'name="code"' in page
    assert 'name="password"' not in page
    assert PASSWORD not in page
    assert browser.get("/").status_code == 302, "half signed in is not signed in"
    assert open_page_sign_ins() == 0

    done = browser.post("/sign-in/", {"code": phone.code(1), "next": "/gate/"})

    assert (done.status_code, done["Location"]) == (302, "/gate/")
    assert browser.get("/").status_code == 200


def test_a_wrong_code_can_be_corrected(api: Callable[..., Api], browser: Client) -> None:
    phone, codes = enrolled(api("operator"))
    first_step(browser)

    wrong = browser.post("/sign-in/", {"code": phone.wrong()})

    assert wrong.status_code == 401
    assert "That code is wrong" in wrong.content.decode()
    assert open_page_sign_ins() == 0
    assert browser.post("/sign-in/", {"code": codes[0]}).status_code == 302


def test_a_code_without_the_first_step_is_nothing(api: Callable[..., Api], browser: Client) -> None:
    phone, _ = enrolled(api("operator"))

    answer = browser.post("/sign-in/", {"code": phone.code(1), "email": EMAIL})

    assert answer.status_code == 401
    assert 'name="password"' in answer.content.decode()
    assert open_page_sign_ins() == 0


@pytest.mark.parametrize("what", ["password", "host", "time", "deactivated"])
def test_the_first_step_holds_for_a_while_and_for_that_password_and_host(
    api: Callable[..., Api], browser: Client, globex: TenantRef, what: str
) -> None:
    phone, _ = enrolled(api("operator"))
    first_step(browser)
    host = HOST
    with tenancy.public():
        user = User.objects.get(email=EMAIL)
        if what == "password":
            user.set_password("three blue ferries")
            user.save()
        elif what == "deactivated":
            User.objects.filter(id=user.id).update(is_active=False)
    if what == "host":
        host = "globex.localhost"
    if what == "time":
        session = browser.session
        session[page_sign_in._HALFWAY] = [*session[page_sign_in._HALFWAY][:3], 0.0, None]
        session.save()

    answer = browser.post("/sign-in/", {"code": phone.code(1)}, headers={"host": host})

    assert answer.status_code == 401
    assert open_page_sign_ins() == 0


def pressed(browser: Client, act: str, **fields: str) -> tuple[int, str]:
    answer = browser.post("/second-factor/", {"act": act, **fields}, follow=True)
    return answer.status_code, answer.content.decode()


def test_who_must_enroll_does_so_on_the_page_and_goes_on(acme: TenantRef, browser: Client) -> None:
    require_mfa(acme)
    assert browser.post("/sign-in/", {"email": EMAIL, "password": PASSWORD}).status_code == 302
    assert browser.get("/")["Location"] == "/second-factor/"
    assert browser.get("/gate/")["Location"] == "/second-factor/"
    assert "asks everybody" in browser.get("/second-factor/").content.decode()

    assert pressed(browser, "enroll", password="wrong")[0] == 401
    status, page = pressed(browser, "enroll", password=PASSWORD)
    secret = re.search(r"secret=([A-Z2-7]+)", unquote(page))
    assert (status, bool(secret)) == (200, True)
    assert secret is not None
    phone = Phone(secret[1])
    assert pressed(browser, "confirm", code=phone.wrong())[0] == 401
    assert browser.get("/").status_code == 302
    status, page = pressed(browser, "confirm", code=phone.code())

    assert status == 200
    codes = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", page)
    assert len(codes) == 10
    assert browser.get("/").status_code == 200
    assert codes[0] not in browser.get("/second-factor/").content.decode(), "shown once"
    assert pressed(browser, "disable", password=PASSWORD, code=phone.wrong())[0] == 401
    assert browser.get("/").status_code == 200
    assert pressed(browser, "disable", password=PASSWORD, code=codes[0])[0] == 200
    with tenancy.public():
        assert not SecondFactor.objects.exists()


def test_the_page_is_for_who_is_signed_in_and_takes_no_foreign_form(acme: TenantRef, browser: Client) -> None:
    assert browser.get("/second-factor/")["Location"] == "/sign-in/?next=/second-factor/"
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False, headers={"host": HOST})
    assert strict.post("/second-factor/", {"act": "enroll", "password": PASSWORD}).status_code == 403
    with tenancy.public():
        assert not SecondFactor.objects.exists()
