"""Commands that Django and django-tenants bring along and that cannot work here say what to use."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import CommandError

from apps.auth.management.refusing import RefusedCommand

ROOT = Path(__file__).resolve().parents[2]
OURS_UNDER_THEIR_NAME = {"create_tenant", "migrate"}
LIBRARY = Path(sys.modules["django_tenants"].__path__[0]) / "management" / "commands"
REFUSED = sorted({path.stem for path in LIBRARY.glob("[a-z]*.py")} - OURS_UNDER_THEIR_NAME | {"createsuperuser"})


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_and_names_another_way(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, RefusedCommand)
    with pytest.raises(CommandError) as refusal:
        call_command(command, stdout=io.StringIO())
    assert " instead" in str(refusal.value)


@pytest.mark.parametrize(
    "words", [("createsuperuser", "--email", "a@b.example"), ("tenant_command", "shell", "--schema=public")]
)
def test_it_is_one_sentence_whatever_the_arguments(words: tuple[str, ...]) -> None:
    run = [sys.executable, "manage.py", *words]
    refused = subprocess.run(run, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("CommandError: Use `manage.py ")
    assert refused.stderr.count("\n") == 1
