"""A yard of acme with a few places, and the operator who works its gate."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connection

from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests import databases
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location


@pytest.fixture
def yard(acme: TenantRef) -> UUID:
    """A location of acme with two places. No tenant is entered afterwards: each request must do so by itself."""
    with tenancy.enter(acme):
        return open_location(name="North yard", capacity=2)


@pytest.fixture
def as_owner(own_database: None) -> Iterator[None]:
    """This process is signed in to a database of its own with the role that owns the tables."""
    owner = urlsplit(databases.OWNER_URL)
    usual = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=owner.username, PASSWORD=owner.password)
    yield
    connection.close()
    connection.settings_dict.update(usual)


@pytest.fixture
def gate(api: Callable[..., Api]) -> Api:
    """An operator of acme."""
    return api("operator")


@pytest.fixture
def manager(api: Callable[..., Api]) -> Api:
    """A manager of acme, who may change locations."""
    return api("manager")


@pytest.fixture
def enter(gate: Api, yard: UUID) -> Callable[..., Reply]:
    """`enter("MH 12 AB 1234", vehicleType="truck")` sends an entry to the yard."""

    def send(plate: str = "MH 12 AB 1234", headers: dict[str, str] | None = None, **more: Any) -> Reply:
        return gate.post("parking/entries", entry_body(yard, plate, **more), headers=headers)

    return send


@pytest.fixture
def leave(gate: Api) -> Callable[..., Reply]:
    """`leave("MH 12 AB 1234")` sends an exit."""

    def send(plate: str | None = "MH 12 AB 1234", headers: dict[str, str] | None = None, **more: Any) -> Reply:
        named = {} if plate is None else {"vehicleNumber": plate}
        return gate.post("parking/exits", named | more, headers=headers)

    return send


def entry_body(location_id: UUID, plate: str = "MH 12 AB 1234", **more: Any) -> dict[str, Any]:
    """What a gate reports of a car coming in."""
    return {"vehicleNumber": plate, "vehicleType": "car", "locationId": str(location_id)} | more
