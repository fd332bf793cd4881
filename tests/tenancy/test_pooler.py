"""A pooler in transaction mode passes one client's search path to another: shown, and told by the system check."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from apps.core.db import checks
from apps.core.tenancy import TenantRef
from tests.tenancy.pooler import TransactionPooler

pytestmark = pytest.mark.django_db


@pytest.fixture
def pooler() -> Iterator[TransactionPooler]:
    server = urlsplit(os.environ["DATABASE_URL"])
    with TransactionPooler(server.hostname or "", server.port or 5432) as running:
        yield running


def test_control_it_lets_one_client_read_with_the_search_path_of_another(
    acme: TenantRef, globex: TenantRef, pooler: TransactionPooler
) -> None:
    server = urlsplit(os.environ["DATABASE_URL"])
    address = server._replace(netloc=f"{server.username}:{server.password}@127.0.0.1:{pooler.port}").geturl()
    with psycopg.connect(address, autocommit=True) as one, psycopg.connect(address, autocommit=True) as two:
        one.execute(f"SET search_path = {acme.schema}")
        two.execute(f"SET search_path = {globex.schema}")

        assert one.execute("SELECT current_schema()").fetchone() == (globex.schema,)


def test_the_check_finds_it(acme: TenantRef, pooler: TransactionPooler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(pooler.port))

    assert checks.check_sessions(None, ["default"]) == [checks.SHARED_SESSION]
    with pytest.raises(SystemCheckError, match=r"parking\.E001"):
        call_command("check", databases=["default"])


def test_a_direct_connection_is_in_order(acme: TenantRef) -> None:
    assert checks.check_sessions(None, ["default"]) == []
    assert checks.check_sessions(None, None) == []


def test_settings_made_for_such_a_pooler_are_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_cursors(None) == []
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert checks.check_cursors(None) == [checks.CURSORS_OFF]
