"""One served platform for the flows of a file: its start is most of what a flow costs."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import databases
from tests.conftest import use_database
from tests.flows.site import Site
from tests.serving import Platform, served


@pytest.fixture(scope="module")
def platform(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """The platform, on a database of its own which the tests of the file share."""
    from django.db import connection

    usual = connection.settings_dict["NAME"]
    with databases.copied(f"{usual}_flows"), django_db_blocker.unblock():
        use_database(f"{usual}_flows")
        try:
            with served(tmp_path_factory.mktemp("platform")) as platform:
                yield platform
        finally:
            use_database(usual)
    assert os.environ["DATABASE_URL"].endswith(usual)


@pytest.fixture
def sign_in(platform: Platform) -> Callable[..., Site]:
    """`sign_in("operator")` at acme, `sign_in("owner", "globex")` elsewhere, by POST auth/login."""

    def arrive(role: str = "operator", tenant: str = "acme") -> Site:
        return Site.signed_in(platform.port, role, tenant)

    return arrive


@pytest.fixture
def yard(sign_in: Callable[..., Site], request: pytest.FixtureRequest) -> str:
    """A location of acme for this test alone, with five places and 20.00 an hour for cars; its id."""
    manager = sign_in("manager")
    place = manager.post("parking/locations", {"name": request.node.name, "capacity": 5})
    assert place.status == 201, place
    rate = {"vehicleType": "car", "rates": {"hourly": 20}, "locationId": place.json["id"]}
    rated = manager.post("billing/rates", rate | {"effectiveDate": "2026-01-01T00:00:00Z"})
    assert rated.status == 201, rated
    return str(place.json["id"])
