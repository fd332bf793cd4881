"""A session that the server has ended is replaced before it is used, so that no client hears of a restart."""

from collections.abc import Callable

import pytest
from django.db import close_old_connections, connection, transaction

from apps.core import tenancy
from apps.core.db.statement import Statement, together
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.factories.sites import open_location

LOCATIONS = Statement("SELECT count(*) FROM {schema}.parking_location")


@pytest.fixture
def checked(own_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that are kept between requests and looked at in each, as in the web processes."""
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    connection.close()


def end_session() -> None:
    """What a restart of the server does to an idle session."""
    other = connection.copy()
    with tenancy.public(), other.cursor() as cursor, connection.cursor() as own:
        own.execute("SELECT pg_backend_pid()")
        cursor.execute("SELECT pg_terminate_backend(%s, 1000)", [own.fetchone()[0]])
    other.close()
    close_old_connections()  # as each request begins; Django's test client leaves it out


@pytest.mark.usefixtures("checked")
def test_a_request_after_the_servers_restart_is_answered(acme: TenantRef, api: Callable[..., Api]) -> None:
    client = api()
    with tenancy.enter(acme):
        location = open_location()
    vehicle = {"vehicleNumber": "KA 01 AB 1", "vehicleType": "car", "locationId": location}
    assert client.post("parking/entries", vehicle).status == 201
    end_session()
    assert client.post("parking/exits", {"vehicleNumber": "KA 01 AB 1"}).status == 201
    end_session()
    assert client.post("parking/entries", vehicle).status == 201


@pytest.mark.usefixtures("checked")
def test_a_healthy_session_is_kept_without_a_query(in_acme: TenantRef) -> None:
    LOCATIONS.run({})
    session = connection.connection
    with connection.execute_wrapper(_no_query):
        close_old_connections()
        LOCATIONS.run({})
    assert connection.connection is session


def _no_query(*_: object) -> None:
    raise AssertionError("the look at the session asked the server")


@pytest.mark.usefixtures("checked")
def test_statements_together_send_no_search_path_and_the_orm_inside_still_meets_its_tenant(
    acme: TenantRef, globex: TenantRef
) -> None:
    from apps.parking.models import Location

    with tenancy.enter(globex):
        open_location(name="Globex yard")
        assert Location.objects.count() == 1
    with tenancy.enter(acme):
        with together():
            assert LOCATIONS.run({}) == [(0,)]
            assert connection.connection.applied_search_path[0] == globex.schema
            assert Location.objects.count() == 0
            transaction.set_rollback(True)  # and the search path, sent inside, with it
        assert Location.objects.count() == 0
