"""The demo accounts: made once, never outside demo mode."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import override_settings

from apps.auth import directory
from apps.auth.commands.demo import DemoModeOff, ensure_demo_accounts
from apps.auth.models import Membership, Tenant, User
from apps.core import clock, tenancy
from tests.identity.people import login

MAKE = """
import django
django.setup()
from apps.auth.commands.demo import ensure_demo_accounts
from apps.core import clock
print(",".join(tenant.slug for tenant in ensure_demo_accounts(at=clock.now())))
"""


def make_demo() -> str:
    """As `manage.py seed_demo` does: with the role that owns the tables."""
    environment = {**os.environ, "DATABASE_URL": os.environ["DATABASE_OWNER_URL"]}
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", MAKE]
    return subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.usefixtures("own_database")
def test_what_is_missing_is_made_and_what_exists_stays() -> None:
    with tenancy.public():
        Tenant.objects.filter(slug="globex").delete()
        User.objects.filter(email__in=["owner@globex.example", "root@parking.example"]).delete()
        acme_before = Tenant.objects.get(slug="acme").schema_name
        users_before = User.objects.count()
    directory.forget()

    assert [make_demo(), make_demo()] == ["acme,globex"] * 2

    with tenancy.public():
        globex = Tenant.objects.get(slug="globex")
        assert (globex.currency, globex.timezone) == ("EUR", "Europe/Amsterdam")
        assert Tenant.objects.get(slug="acme").schema_name == acme_before
        assert User.objects.count() == users_before + 4  # and the cashiers
        roles = Membership.objects.filter(tenant=globex).order_by("user__email").values_list("role", flat=True)
        assert list(roles) == ["operator", "owner"]
    assert login("owner@globex.example", host="globex.localhost").json["role"] == "owner"
    assert login("cashier@globex.example", host="globex.localhost").json["role"] == "operator"
    assert login("root@parking.example", host="localhost").json["user"]["isPlatformAdmin"] is True


@pytest.mark.django_db
def test_it_refuses_outside_demo_mode() -> None:
    with override_settings(DEMO_MODE=False), pytest.raises(DemoModeOff):
        ensure_demo_accounts(at=clock.now())
