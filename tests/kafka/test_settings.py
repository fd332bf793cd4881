"""KAFKA_* of the environment: what makes sense becomes a client's options, what does not is refused with a sentence."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env, kafka

SERVERS = {"KAFKA_BOOTSTRAP_SERVERS": "one:9092, two:9092"}
SIGN_IN = {"KAFKA_SASL_USERNAME": "gate", "KAFKA_SASL_PASSWORD": "open sesame"}


def surroundings(monkeypatch: pytest.MonkeyPatch, **given: str) -> None:
    for name in ("SECURITY_PROTOCOL", "SSL_CAFILE", "SSL_CERTFILE", "SSL_KEYFILE", "SASL_MECHANISM", "API_VERSION"):
        monkeypatch.delenv(f"KAFKA_{name}", raising=False)
    for name, value in {**SERVERS, **given}.items():
        monkeypatch.setenv(name, value)


def test_without_servers_there_is_no_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    surroundings(monkeypatch, KAFKA_BOOTSTRAP_SERVERS="")
    assert kafka.client() == {}


def test_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    surroundings(monkeypatch)
    assert kafka.client() == {"bootstrap_servers": ["one:9092", "two:9092"], "security_protocol": "PLAINTEXT"}


def test_tls_with_a_certificate_and_signing_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file.pem"
    file.touch()
    files = {f"KAFKA_SSL_{name}": str(file) for name in ("CAFILE", "CERTFILE", "KEYFILE")}
    surroundings(monkeypatch, KAFKA_SECURITY_PROTOCOL="SASL_SSL", KAFKA_API_VERSION="2.3", **files, **SIGN_IN)
    assert kafka.client() == {
        "bootstrap_servers": ["one:9092", "two:9092"],
        "security_protocol": "SASL_SSL",
        "ssl_cafile": str(file),
        "ssl_certfile": str(file),
        "ssl_keyfile": str(file),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "gate",
        "sasl_plain_password": "open sesame",
        "api_version": (2, 3),
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"KAFKA_BOOTSTRAP_SERVERS": "one"}, "write host:port"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "kafka://one:9092"}, "write host:port"),
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "one of PLAINTEXT, SSL"),
        ({"KAFKA_SSL_CAFILE": __file__}, "without TLS"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": "/nowhere.pem"}, "no such file"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CERTFILE": __file__}, "belong together"),
        (SIGN_IN, "without SASL"),
        ({"KAFKA_SASL_MECHANISM": "PLAIN"}, "without SASL"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "gate"}, "needs KAFKA_SASL_PASSWORD"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "GSSAPI", **SIGN_IN}, "SCRAM-SHA-256"),
        ({"KAFKA_API_VERSION": "new"}, "write it like 2.3"),
    ],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], says: str) -> None:
    surroundings(monkeypatch, **given)
    with pytest.raises(ImproperlyConfigured, match=says):
        kafka.client()


def test_no_refusal_tells_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    surroundings(monkeypatch, **SIGN_IN)
    with pytest.raises(ImproperlyConfigured) as refusal:
        kafka.client()
    assert "sesame" not in str(refusal.value)


@pytest.mark.parametrize("prefix", ["", "a b", "a/b", ".a", "a" * 101])
def test_a_prefix_that_no_topic_may_have(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv("KAFKA_TOPIC_PREFIX", prefix)
    with pytest.raises(ImproperlyConfigured, match="KAFKA_TOPIC_PREFIX"):
        kafka.topic_prefix()


@pytest.mark.parametrize("value", ["0", "-1", "12.5", "many", "10001", "١٢"])
def test_numbers_have_their_bounds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KAFKA_PARTITIONS", value)
    with pytest.raises(ImproperlyConfigured, match="from 1 to 10000"):
        env.number("KAFKA_PARTITIONS", 12, most=10_000)
    monkeypatch.delenv("KAFKA_PARTITIONS")
    assert env.number("KAFKA_PARTITIONS", 12, most=10_000) == 12


def test_the_inbox_remembers_longer_than_topics_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INBOX_KEPT_DAYS", raising=False)
    assert kafka.inbox_kept_days(retention_hours=169) == 38
    monkeypatch.setenv("INBOX_KEPT_DAYS", "9")
    assert kafka.inbox_kept_days(retention_hours=169) == 9
    monkeypatch.setenv("INBOX_KEPT_DAYS", "8")
    with pytest.raises(ImproperlyConfigured, match="happens twice"):
        kafka.inbox_kept_days(retention_hours=169)
