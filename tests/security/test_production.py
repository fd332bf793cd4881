"""Production's settings, looked at from outside: Django's own check of a deployment, cookies, static files."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def in_production(*command: str, home: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A management command under the settings of production."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": ".parking.example",
        "PARKING_HOME": str(home),
    }
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT, env={**os.environ, **settings, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_djangos_check_of_a_deployment_is_clean(tmp_path: Path) -> None:
    checked = in_production("check", "--deploy", "--fail-level", "WARNING", home=tmp_path)

    assert checked.returncode == 0, checked.stderr
    assert "no issues (1 silenced)" in checked.stdout


def test_control_the_check_finds_what_is_wrong(tmp_path: Path) -> None:
    checked = in_production(
        "check", "--deploy", "--fail-level", "WARNING", home=tmp_path, SECURE_SSL_REDIRECT="0", CORS_ALLOWED_ORIGINS="x"
    )

    assert checked.returncode != 0
    assert "security.W008" in checked.stderr
    assert "corsheaders.E013" in checked.stderr


def test_the_cookies_are_bound_to_their_host(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE")
    told = in_production(
        "shell", "-v0", "-c", f"from django.conf import settings; print([getattr(settings, n) for n in {names}])",
        home=tmp_path,
    )  # fmt: skip

    assert told.stdout.strip() == "['__Host-parking_session', True, '__Host-csrftoken', True]", told.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("PARKING_DEMO", "1"), ("DEBUG", "1"), ("SECRET_KEY", "short"), ("ALLOWED_HOSTS", "*"), ("ALLOWED_HOSTS", "")],
)
def test_it_does_not_start_with_what_is_fit_for_a_demonstration(tmp_path: Path, name: str, value: str) -> None:
    refused = in_production("check", home=tmp_path, **{name: value})

    assert refused.returncode != 0
    assert "ImproperlyConfigured" in refused.stderr


@contextmanager
def collected(home: Path) -> Iterator[Path]:
    done = in_production("collectstatic", "--no-input", home=home)
    assert done.returncode == 0, done.stderr
    yield home / "static"


def test_a_script_imports_modules_by_the_name_of_their_content(tmp_path: Path) -> None:
    with collected(tmp_path) as static:
        (gate,) = (path for path in (static / "pages/js/gate").glob("gate.*.js"))
        imports = [line for line in gate.read_text().splitlines() if line.startswith("import ")]

        assert imports
        for line in imports:
            named = line.split('"')[1]
            assert (gate.parent / named).resolve().is_file()
            assert len(Path(named).name.split(".")) == 3, f"{named} has no hash in its name"
