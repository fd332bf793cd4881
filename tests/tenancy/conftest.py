"""Database sessions as processes have them: pooled, shared by threads, or the library's own for a control."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django_tenants.postgresql_backend.base import DatabaseWrapper as LibraryWrapper

from bench.growing import Migrations
from tests.tenancy.installation import Installation

POOL = {"min_size": 1, "max_size": 2, "timeout": 20}


@pytest.fixture
def pool(own_database: None) -> Iterator[None]:
    """Two server sessions for all threads of this process, so that each gets every tenant in turn."""
    settings = connection.settings_dict
    usual = settings["CONN_MAX_AGE"]
    connection.close()
    settings["CONN_MAX_AGE"] = 0
    settings["OPTIONS"]["pool"] = POOL
    yield
    connection.close()
    connection.close_pool()
    del settings["OPTIONS"]["pool"]
    settings["CONN_MAX_AGE"] = usual


@pytest.fixture
def library_connection(own_database: None) -> Iterator[Any]:
    """A connection of django-tenants' own backend, which keeps the tenant on itself."""
    wrapper = LibraryWrapper(connection.settings_dict, alias="default")
    wrapper.inc_thread_sharing()
    yield wrapper
    wrapper.close()


@pytest.fixture
def bare(django_db_setup: None) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """The application's role without any code of ours; with `own_database` in that, else in the worker's."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        yield session


@pytest.fixture
def owner(django_db_setup: None) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """The role that owns the tables, without any code of ours."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as session:
        yield session


@pytest.fixture
def installation(own_database: None, tmp_path: Path) -> Installation:
    """Commands on the test's own database, with an app that grows."""
    return Installation(Migrations(tmp_path))
