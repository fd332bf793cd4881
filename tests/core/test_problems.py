"""Refusals of the frame around the calls: unknown addresses and hosts, wrong methods, errors of ours."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import NoReturn
from uuid import UUID

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import override_settings
from django.urls import path
from rest_framework.request import Request

from apps.auth import directory
from apps.core.api import ApiView
from config import urls
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SECRET = "the-password-of-the-database"


class BrokenView(ApiView):
    """Stands for a bug of ours."""

    def get(self, request: Request) -> NoReturn:
        raise RuntimeError(SECRET)

    post = get


def broken_page(request: HttpRequest) -> NoReturn:
    raise RuntimeError(SECRET)


@pytest.fixture
def broken_routes() -> Iterator[None]:
    """The platform's routes with two that break."""
    routes = ModuleType("broken_routes")
    routes.urlpatterns = [  # type: ignore[attr-defined]
        path("api/v1/broken", BrokenView.as_view()),
        path("broken", broken_page),
        *urls.urlpatterns,
    ]
    for handler in ("handler400", "handler403", "handler404", "handler500"):
        setattr(routes, handler, getattr(urls, handler))
    with override_settings(ROOT_URLCONF=routes):
        yield


@pytest.mark.parametrize("address", ["/api/v1/parking/nothing", "/api/v2/entries", "/api/x", "/api/v1/"])
def test_an_unknown_call_is_not_found(api: Callable[..., Api], address: str) -> None:
    for caller in (api("owner"), Api("acme.localhost"), Api("localhost")):
        assert_problem(caller.get(address), 404, "not_found")
        assert_problem(caller.post(address, {}), 404, "not_found")


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(api: Callable[..., Api]) -> None:
    owner = api("owner")
    page = owner.get("/nothing", headers={"accept": "text/html"})
    assert (page.status, page["Content-Type"].split(";")[0]) == (404, "text/html")
    assert_problem(owner.get("/nothing", headers={"accept": "application/json"}), 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW", "DISPATCH"])
def test_a_method_that_the_call_does_not_take_is_told_which_it_takes(api: Callable[..., Api], method: str) -> None:
    with nothing_written():
        refused = api("owner")._send(method, "parking/entries", None, None)
        assert_problem(refused, 405, "method_not_allowed")
    assert refused["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_options_names_the_methods(api: Callable[..., Api], yard: UUID) -> None:
    options = api("viewer")._send("OPTIONS", f"parking/locations/{yard}", None, None)
    assert (options.status, options["Allow"]) == (204, "GET, PATCH, HEAD, OPTIONS")


@pytest.mark.parametrize("host", ["unknown.localhost", "acme.localhost.evil.example", "xn--acme.localhost"])
def test_an_unknown_host_gets_nothing(api: Callable[..., Api], host: str) -> None:
    caller = api("owner")
    caller.host = host
    for path_ in ("parking/entries", "auth/me", "/", "/admin/", "/api/docs/"):
        refused = caller.get(path_, headers={"accept": "application/json"})
        assert_problem(refused, 404, "unknown_host")


@pytest.mark.parametrize("host", ["acme.localhost\0", "acme localhost", "a/../b", "[::1", ""])
def test_a_host_that_is_none_is_unreadable(api: Callable[..., Api], host: str) -> None:
    caller = api("owner")
    refused = caller.get("parking/entries", headers={"host": host, "accept": "application/json"})
    assert refused.status in (400, 404), refused
    assert refused["Content-Type"] == "application/problem+json"


def test_hosts_are_known_in_any_case_and_with_any_port(api: Callable[..., Api]) -> None:
    caller = api("owner")
    for host in ("ACME.localhost", "acme.localhost:8000", "Acme.LocalHost:65535"):
        caller.host = host
        assert caller.get("auth/me").json["tenant"]["slug"] == "acme"


def test_a_trailing_slash_names_the_same_call(api: Callable[..., Api], yard: UUID) -> None:
    viewer = api("viewer")
    assert viewer.get(f"parking/locations/{yard}/").json == viewer.get(f"parking/locations/{yard}").json


@pytest.mark.usefixtures("broken_routes")
@pytest.mark.parametrize("address", ["/api/v1/broken", "/broken"])
@pytest.mark.parametrize("debug", [False, True])
def test_an_error_of_ours_tells_nothing_of_its_innards(api: Callable[..., Api], address: str, debug: bool) -> None:
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False, DEBUG=debug and not address.endswith("/broken")):
        broken = api("owner").get(address, headers={"accept": "application/json"})
    assert_problem(broken, 500, "internal_error")
    assert SECRET not in broken.response.content.decode()
    assert "Traceback" not in broken.response.content.decode()


@pytest.mark.usefixtures("broken_routes")
def test_an_error_of_ours_is_a_page_for_people(api: Callable[..., Api]) -> None:
    broken = api("owner").get("/broken", headers={"accept": "text/html"})
    assert (broken.status, broken["Content-Type"].split(";")[0]) == (500, "text/html")
    assert SECRET not in broken.response.content.decode()


@pytest.mark.usefixtures("own_database")
def test_without_the_database_it_says_so_and_when_to_come_again(api: Callable[..., Api]) -> None:
    caller = api("owner")
    assert caller.get("auth/me").status == 200
    right, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], "1"
    connection.close()
    try:
        for path_ in ("parking/entries", "parking/occupancy"):
            away = caller.get(path_)
            assert_problem(away, 503, "unavailable")
            assert int(away["Retry-After"]) >= 1
        directory.forget()
        assert_problem(caller.get("parking/entries"), 503, "unavailable")
    finally:
        connection.settings_dict["PORT"] = right
        connection.close()
    assert caller.get("parking/entries").status == 200
