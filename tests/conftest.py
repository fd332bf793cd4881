"""Fixtures of all tests: a database with two tenants per worker, each test rolled back; an API client per role."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from apps.core import tenancy
from apps.core.redis_client import client
from apps.core.tenancy import TenantRef
from tests import databases
from tests.factories.api import Api
from tests.kafka.left_out import pytest_terminal_summary as pytest_terminal_summary
from tests.serving import served
from tests.waiting_first import pytest_collection_modifyitems as pytest_collection_modifyitems


def use_database(name: str) -> None:
    """Point this process, and those it starts, at another database of the same server."""
    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = name
    os.environ["DATABASE_URL"] = databases.with_name(databases.APP_URL, name)
    os.environ["DATABASE_OWNER_URL"] = databases.with_name(databases.OWNER_URL, name)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """One copy of the template for this worker."""
    name = f"parking_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    with databases.copied(name):
        with django_db_blocker.unblock():
            use_database(name)
        yield
        with django_db_blocker.unblock():
            connection.close()


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database for this test alone, for what must really commit: races, processes, sockets."""
    usual = connection.settings_dict["NAME"]
    with databases.copied(f"{usual}_own"), django_db_blocker.unblock():
        use_database(f"{usual}_own")
        _forget_caches()
        yield
        connection.close()
        use_database(usual)
        _forget_caches()


@pytest.fixture
def live_platform(own_database: None, tmp_path: Path) -> Iterator[int]:
    """The port of a platform served by processes of its own, on the test's own database."""
    with served(tmp_path) as platform:
        yield platform.port


def _forget_caches() -> None:
    from apps.auth import directory, generations

    directory.forget()
    generations.forget_all()


@pytest.fixture(autouse=True)
def empty_redis(request: pytest.FixtureRequest) -> None:
    """Nothing cached from a test that was rolled back."""
    if {"db", "own_database", "acme"} & set(request.fixturenames):
        client().flushdb()
        _forget_caches()


@pytest.fixture
def acme(request: pytest.FixtureRequest) -> TenantRef:
    """The tenant that most tests act in."""
    return _tenant(request, "acme")


@pytest.fixture
def globex(request: pytest.FixtureRequest) -> TenantRef:
    """The other tenant, who must never see any of it."""
    return _tenant(request, "globex")


def _tenant(request: pytest.FixtureRequest, slug: str) -> TenantRef:
    if "own_database" not in request.fixturenames:
        request.getfixturevalue("db")
    tenant = tenancy.directory().by_slug(slug)
    assert tenant is not None
    return tenant


@pytest.fixture
def in_acme(acme: TenantRef) -> Iterator[TenantRef]:
    """The test's own code runs inside acme."""
    with tenancy.enter(acme):
        yield acme


@pytest.fixture
def api(acme: TenantRef) -> Callable[..., Api]:
    """`api("operator")` is a client signed in by token as that role of acme; `api("owner", "globex")` of another."""

    def sign_in(role: str = "operator", tenant: str = "acme") -> Api:
        return Api.signed_in(f"{role}@{tenant}.example", tenant)

    return sign_in
