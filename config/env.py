"""Reading the environment: every variable that the platform knows, with its default, in one place."""

import os
import re
import sys
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# Commands that change tables or schemas: they run as the owner, all others as a role that can't.
OWNER_COMMANDS = {
    "migrate", "create_tenant", "tenant", "seed_demo", "renumber_events", "makemigrations", "sqlmigrate",
    "showmigrations",
}  # fmt: skip


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    """1, true, yes or on; 0, false, no or off. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if not value else value in ("1", "true", "yes", "on")
    raise ImproperlyConfigured(f"{name}={value!r}: write 1 or 0.")


def number(name: str, default: int, *, most: int, least: int = 1) -> int:
    """A whole number from `least` to `most`. Raises ImproperlyConfigured."""
    value = text(name) or str(default)
    if not re.match(r"^[0-9]{1,9}\Z", value) or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name}={value!r}: write a number from {least} to {most}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def networks(name: str) -> list[str]:
    """A comma-separated list of CIDR ranges. Raises ImproperlyConfigured for what is none."""
    ranges = words(name)
    for text in ranges:
        try:
            ip_network(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} names {text!r}: write ranges like 10.0.0.0/8 ({error}).") from error
    return ranges


def required(name: str, why: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name}: {why}.")
    return value


def home() -> Path:
    """Where an installation without its own servers keeps its data."""
    return Path(text("PARKING_HOME", ".parking")).resolve()


def database_url() -> str:
    """The application role's database, or the owner's for the commands that change tables."""
    owner = text("DATABASE_OWNER_URL")
    if owner and len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        return owner
    return required("DATABASE_URL", "postgresql://user:password@host:5432/name, or start with `make run`")


@dataclass(frozen=True)
class DatabaseAddress:
    """A PostgreSQL URL taken apart the way Django wants it."""

    settings: dict[str, Any]

    @classmethod
    def parse(cls, url: str) -> "DatabaseAddress":
        parts = urlsplit(url)
        if parts.scheme not in ("postgres", "postgresql"):
            raise ImproperlyConfigured(f"{parts.scheme}://… is not a PostgreSQL address.")
        options = dict(parse_qsl(parts.query))
        return cls(
            {
                "NAME": unquote(parts.path.lstrip("/")),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": options.pop("host", unquote(parts.hostname or "")),
                "PORT": options.pop("port", str(parts.port or "")),
                "OPTIONS": options,
            }
        )
