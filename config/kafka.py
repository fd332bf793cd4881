"""Which Kafka the platform talks to, and how: KAFKA_* of the environment, checked before anything runs."""

import math
import re
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import env

_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_FILES = {"KAFKA_SSL_CAFILE": "ssl_cafile", "KAFKA_SSL_CERTFILE": "ssl_certfile", "KAFKA_SSL_KEYFILE": "ssl_keyfile"}
_SASL = {"KAFKA_SASL_USERNAME": "sasl_plain_username", "KAFKA_SASL_PASSWORD": "sasl_plain_password"}
_SERVER = re.compile(r"^[^\s:/]+:\d{1,5}\Z|^\[[0-9a-fA-F:]+\]:\d{1,5}\Z")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


def client() -> dict[str, Any]:
    """What every client of kafka-python is given; empty without bootstrap servers. Raises ImproperlyConfigured."""
    servers = env.words("KAFKA_BOOTSTRAP_SERVERS")
    if not servers:
        return {}
    for server in servers:
        if not _SERVER.match(server):
            raise ImproperlyConfigured(f"KAFKA_BOOTSTRAP_SERVERS has {server!r}: write host:port, parted by commas.")
    protocol = _one_of("KAFKA_SECURITY_PROTOCOL", _PROTOCOLS, "PLAINTEXT")
    return {
        "bootstrap_servers": servers,
        "security_protocol": protocol,
        **_tls(protocol),
        **_sasl(protocol),
        **_version(),
    }


def topic_prefix() -> str:
    """What the names of our topics begin with. Raises ImproperlyConfigured."""
    prefix = env.text("KAFKA_TOPIC_PREFIX", "parking")
    if not _NAME.match(prefix):
        raise ImproperlyConfigured(
            f"KAFKA_TOPIC_PREFIX={prefix!r}: at most a hundred letters, digits, '.', '_' and '-'."
        )
    return prefix


def inbox_kept_days(*, retention_hours: int) -> int:
    """How long it is known which messages were handled: longer than a topic can bring them again.

    INBOX_KEPT_DAYS; without it, thirty days more than the topics' retention. Raises ImproperlyConfigured.
    """
    retention_days = math.ceil(retention_hours / 24)
    days = env.number("INBOX_KEPT_DAYS", retention_days + 30, most=100_000)
    if days <= retention_days:
        raise ImproperlyConfigured(
            f"INBOX_KEPT_DAYS={days}: more than {retention_days}, or what KAFKA_RETENTION_HOURS keeps happens twice."
        )
    return days


def _tls(protocol: str) -> dict[str, str]:
    given = {name: env.text(name) for name in _FILES if env.text(name)}
    if given and not protocol.endswith("SSL"):
        raise ImproperlyConfigured(f"{', '.join(given)} without TLS: set KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL.")
    for name, path in given.items():
        if not Path(path).is_file():
            raise ImproperlyConfigured(f"{name}={path}: there is no such file.")
    if ("KAFKA_SSL_CERTFILE" in given) != ("KAFKA_SSL_KEYFILE" in given):
        raise ImproperlyConfigured("KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE belong together: set both or neither.")
    return {_FILES[name]: path for name, path in given.items()}


def _sasl(protocol: str) -> dict[str, str]:
    given = {name: env.text(name) for name in ("KAFKA_SASL_MECHANISM", *_SASL) if env.text(name)}
    if not protocol.startswith("SASL"):
        if given:
            raise ImproperlyConfigured(
                f"{', '.join(given)} without SASL: set KAFKA_SECURITY_PROTOCOL to SASL_SSL (or SASL_PLAINTEXT)."
            )
        return {}
    if missing := [name for name in _SASL if name not in given]:
        raise ImproperlyConfigured(f"KAFKA_SECURITY_PROTOCOL={protocol} needs {' and '.join(missing)}.")
    mechanism = _one_of("KAFKA_SASL_MECHANISM", _MECHANISMS, "SCRAM-SHA-512")
    return {"sasl_mechanism": mechanism, **{_SASL[name]: given[name] for name in _SASL}}


def _version() -> dict[str, tuple[int, ...]]:
    version = env.text("KAFKA_API_VERSION")
    if not version:
        return {}
    if not re.match(r"^[0-9]+(\.[0-9]+){1,2}\Z", version):
        raise ImproperlyConfigured(f"KAFKA_API_VERSION={version!r}: write it like 2.3, or leave it out.")
    return {"api_version": tuple(int(part) for part in version.split("."))}


def _one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    value = env.text(name) or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r}: write one of {', '.join(choices)}.")
    return value
