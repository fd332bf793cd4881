"""The platform's own people at work: their client of the API, and what they would see of a refusal."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from apps.auth.models import Tenant
from apps.core import tenancy
from tests.databases import ROOT
from tests.factories.api import Api
from tests.refusals import nothing_written

PASSWORD = "three-blue-ferries-42"
# a sign-in that was opened half a minute ago has its use noted by whatever it asks
_ROWS = """
SELECT array_agg(row ORDER BY row) FROM (SELECT md5((to_jsonb(t) - 'last_used_at')::text) AS row FROM {} t) rows
"""
_SHARED = ("tenant", "domain", "user", "membership", "spareschema", "signinsession")


def platform_admin() -> Api:
    """Signed in as the platform's administrator, at the platform's own host."""
    root = Api("localhost")
    reply = root.post("auth/login", {"email": "root@parking.example", "password": "parking-demo"})
    assert reply.status == 200, reply
    root.token = reply.json["accessToken"]
    return root


def wanted(**given: Any) -> dict[str, Any]:
    """A body that asks for the tenant initech."""
    owner = {"email": "peter@initech.example", "fullName": "Peter Gibbons", "password": PASSWORD}
    usual = {"slug": "initech", "name": "Initech", "currency": "EUR", "timezone": "Europe/Berlin", "owner": owner}
    return usual | {"host": "initech.localhost"} | given


def make_spares(count: int) -> None:
    """As the owner's process does it."""
    words = [sys.executable, "manage.py", "tenant", "spare", "--keep", str(count)]
    subprocess.run(words, cwd=ROOT, env=dict(os.environ), check=True, stdout=subprocess.DEVNULL)


def tenant_named(slug: str) -> Tenant | None:
    with tenancy.public():
        found: Tenant | None = Tenant.objects.filter(slug=slug).first()
    return found


@contextmanager
def nothing_changed() -> Iterator[None]:
    """No row of any tenant, and none about tenants and people, is added, changed or removed within."""
    before = _shared()
    with nothing_written():
        yield
    assert _shared() == before


def _shared() -> dict[str, Any]:
    with tenancy.public(), connection.cursor() as cursor:
        found = {}
        for table in _SHARED:
            cursor.execute(_ROWS.format(f"identity_{table}"))
            found[table] = cursor.fetchone()[0]
        return found
