"""Commands that change tables run as the owner, without the pool: its threads do not survive a fork."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import env

ROOT = Path(__file__).resolve().parents[2]
TELL = """
import sys
sys.argv = ["manage.py", sys.argv[1]]
import django
django.setup()
from django.db import connection
print(bool(connection.pool), connection.settings_dict["USER"], connection.settings_dict["CONN_MAX_AGE"])
"""


def connection_of(command: str) -> tuple[str, str, str]:
    """Whether `manage.py COMMAND` has a pool, as which role it signs in, and how long it keeps its session."""
    environment = {
        **os.environ,
        "DATABASE_POOL": "1",
        "DATABASE_URL": "postgresql://web@127.0.0.1/x",
        "DATABASE_OWNER_URL": "postgresql://owner@127.0.0.1/x",
    }
    asked = [sys.executable, "-c", TELL, command]
    told = subprocess.run(asked, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return told[0], told[1], told[2]


@pytest.mark.parametrize("command", ["migrate", "create_tenant"])
def test_without_pool_as_owner(command: str) -> None:
    assert command in env.OWNER_COMMANDS
    assert connection_of(command) == ("False", "owner", "300")


def test_the_pool_stays_for_whoever_asked_for_it() -> None:
    assert connection_of("relay") == ("True", "web", "0")
