"""What makes no tenant: host names that cannot be served, and names that the platform keeps."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import override_settings

from apps.auth.commands.tenants import TenantExists, create_tenant
from apps.auth.models import Domain, Tenant
from apps.core import tenancy
from apps.core.errors import Invalid
from apps.core.tenancy import TenantRef

ROOT = Path(__file__).resolve().parents[2]
SERVED = {"ALLOWED_HOSTS": [".parking.example", "garage.example"], "PLATFORM_HOSTS": ["parking.example"]}
SCHEMAS = "SELECT count(*) FROM pg_namespace"


def make(**given: Any) -> TenantRef:
    words = {"slug": "initech", "name": "Initech", "host": "initech.parking.example"} | given
    return create_tenant(currency="INR", timezone="Asia/Kolkata", **words)


def made_so_far(session: "psycopg.Connection[Any]") -> tuple[Any, ...]:
    with tenancy.public():
        return session.execute(SCHEMAS).fetchone(), Tenant.objects.count(), Domain.objects.count()


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"host": ""}, "host", "invalid"),
        ({"host": "initech.parking.example\n"}, "host", "invalid"),
        ({"host": "initech.parking.example."}, "host", "invalid"),
        ({"host": "initech.parking.example:8000"}, "host", "invalid"),
        ({"host": "https://initech.parking.example"}, "host", "invalid"),
        ({"host": "*.parking.example"}, "host", "invalid"),
        ({"host": "-initech.parking.example"}, "host", "invalid"),
        ({"host": "in_itech.parking.example"}, "host", "invalid"),
        ({"host": "inıtech.parking.example"}, "host", "invalid"),
        ({"host": f"{'i' * 64}.parking.example"}, "host", "invalid"),
        ({"host": "i." * 130 + "parking.example"}, "host", "invalid"),
        ({"host": "127.0.0.9"}, "host", "invalid"),
        ({"host": "parking.example"}, "host", "reserved"),
        ({"host": "Parking.Example"}, "host", "reserved"),
        ({"host": "initech.localhost"}, "host", "not_served"),
        ({"host": "evilparking.example"}, "host", "not_served"),
        ({"slug": "public"}, "slug", "reserved"),
        ({"slug": "www"}, "slug", "reserved"),
        ({"slug": "api"}, "slug", "reserved"),
        ({"slug": "admin"}, "slug", "reserved"),
    ],
)
def test_it_is_refused_and_nothing_is_made(
    acme: TenantRef, bare: "psycopg.Connection[Any]", given: dict[str, str], field: str, code: str
) -> None:
    before = made_so_far(bare)
    with override_settings(**SERVED), pytest.raises(Invalid) as refused:
        make(**given)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]
    assert made_so_far(bare) == before


def test_a_host_in_use_is_found_in_any_case(acme: TenantRef, bare: "psycopg.Connection[Any]") -> None:
    before = made_so_far(bare)
    with pytest.raises(TenantExists):
        make(host="ACME.localhost")
    assert made_so_far(bare) == before


def create(*words: str) -> "subprocess.CompletedProcess[str]":
    """The command as it is run: by the role that owns the tables, which the command's name asks for."""
    command = [sys.executable, "manage.py", "create_tenant", *words]
    return subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("own_database")
def test_the_command_keeps_the_host_in_lower_case_and_wants_an_owner_who_exists() -> None:
    unknown = create("initech", "--host", "Initech.LocalHost", "--owner", "peter@initech.example")
    assert unknown.returncode == 1
    assert "run `manage.py create_user peter@initech.example` first" in unknown.stderr
    assert "Traceback" not in unknown.stderr

    made = create("initech", "--host", "Initech.LocalHost", "--owner", "owner@acme.example")
    assert made.returncode == 0, made.stderr
    assert "initech.localhost" in made.stdout
    found = tenancy.directory().by_host("initech.localhost")
    assert found is not None
    assert found.slug == "initech"
