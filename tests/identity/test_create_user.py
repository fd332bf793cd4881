"""`manage.py create_user`: the only way to the first account of an installation."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.auth.models import Membership, User
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.identity.people import PASSWORD, login

ROOT = Path(__file__).resolve().parents[2]
GOOD = "seven green lorries"
Done = subprocess.CompletedProcess[str]


def create_user(*words: str) -> Done:
    """The command as it is run, with the password on standard input."""
    command = [sys.executable, "manage.py", "create_user", *words, "--password-stdin"]
    return subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), input=f"{GOOD}\n", capture_output=True, text=True, check=False
    )


def create_user_at_a_terminal(email: str, *typed: str) -> tuple[int, str]:
    """The exit code, and all that the terminal shows to whoever types this."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "manage.py", "create_user", email])
    shown, waiting = b"", list(typed)
    while True:
        try:
            read = os.read(terminal, 1024)
        except OSError:  # how Linux says that the other side is closed
            read = b""
        if not read:
            break
        shown += read
        if waiting and shown.count(b": ") == len(typed) - len(waiting) + 1:
            os.write(terminal, waiting.pop(0).encode() + b"\n")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def people() -> tuple[int, int]:
    with tenancy.public():
        return User.objects.count(), Membership.objects.count()


@pytest.mark.usefixtures("own_database")
def test_a_member_is_made_and_signs_in() -> None:
    made = create_user("Peter@Initech.example", "--name", "Peter", "--tenant", "acme", "--role", "owner")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == "peter@initech.example is made, and is now owner of acme.\n"
    signed_in = login("peter@initech.example", GOOD, host="acme.localhost").json
    assert (signed_in["role"], signed_in["user"]["isPlatformAdmin"]) == ("owner", False)


@pytest.mark.usefixtures("own_database")
def test_a_platform_administrator_is_made() -> None:
    assert create_user("root@initech.example", "--platform-admin").returncode == 0
    assert login("root@initech.example", GOOD, host="localhost").json["user"]["isPlatformAdmin"] is True


@pytest.mark.usefixtures("own_database")
def test_who_exists_only_becomes_a_member() -> None:
    users, memberships = people()
    joined = create_user("OWNER@globex.example", "--tenant", "acme", "--role", "viewer")
    assert joined.returncode == 0, joined.stderr
    assert people() == (users, memberships + 1)
    assert login("owner@globex.example", PASSWORD, host="acme.localhost").json["role"] == "viewer"


@pytest.mark.parametrize(
    ("words", "password", "message"),
    [
        (["peter"], GOOD, "email: Enter a valid email address."),
        (["peter@initech.example"], "short", "too short"),
        (["peter@initech.example"], "password123", "too common"),
        (["peter@initech.example"], "peter@initech", "too similar"),
        (["peter@initech.example"], "", "too short"),
        (["peter@initech.example"], "long " * 201, "more than 1000"),
        (["peter@initech.example"], None, "--password-stdin"),
        (["peter@initech.example", "--tenant", "acme"], GOOD, "together"),
        (["peter@initech.example", "--tenant", "initech", "--role", "owner"], GOOD, "the tenants are: acme, globex."),
        (["peter@initech.example", "--tenant", "acme", "--role", "king"], GOOD, "the roles are owner, admin"),
        (["owner@acme.example"], GOOD, "already"),
        (["owner@acme.example", "--platform-admin", "--tenant", "globex", "--role", "owner"], GOOD, "already"),
        (["owner@acme.example", "--tenant", "acme", "--role", "viewer"], GOOD, "membership that exists"),
    ],
)
def test_a_refusal_is_a_line_and_makes_nothing(
    acme: TenantRef, monkeypatch: pytest.MonkeyPatch, words: list[str], password: str | None, message: str
) -> None:
    before = people()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    with pytest.raises(CommandError) as refused:
        call_command("create_user", *words, *(["--password-stdin"] if password is not None else []))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert people() == before


@pytest.mark.usefixtures("own_database")
def test_the_password_is_asked_twice_and_not_shown() -> None:
    before = people()
    code, shown = create_user_at_a_terminal("peter@initech.example", GOOD, "seven green lories")
    assert (code, people()) == (1, before)
    assert "differ" in shown
    assert "lor" not in shown

    code, shown = create_user_at_a_terminal("peter@initech.example", GOOD, GOOD)
    assert code == 0, shown
    assert "lor" not in shown
    with tenancy.public():
        assert User.objects.get(email="peter@initech.example").check_password(GOOD)
