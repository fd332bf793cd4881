"""The platform's own host where it is no demonstration: it names no yard, and finds the one that is asked for."""

import pytest
from django.test import Client
from pytest_django import Settings

from apps.core.tenancy import TenantRef


@pytest.fixture
def platform(settings: Settings, acme: TenantRef) -> Client:
    settings.DEMO_MODE = False
    return Client(headers={"host": "localhost:8000"})


def test_it_names_no_yard(platform: Client) -> None:
    page = platform.get("/sign-in/").content.decode()
    assert "Which yard is yours?" in page
    assert "acme" not in page.lower()


def test_the_yard_asked_for_is_found_by_its_own_address(platform: Client) -> None:
    answer = platform.get("/sign-in/", query_params={"yard": " Acme "})
    assert answer["Location"] == "http://acme.localhost:8000/sign-in/"


def test_an_unknown_yard_is_told_so(platform: Client) -> None:
    page = platform.get("/sign-in/", query_params={"yard": "nobody<b>"}).content.decode()
    assert "There is no yard named nobody&lt;b&gt;" in page


def test_no_demo_account_is_shown(platform: Client, acme: TenantRef) -> None:
    page = Client(headers={"host": "acme.localhost"}).get("/sign-in/").content.decode()
    assert "parking-demo" not in page
