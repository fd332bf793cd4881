"""TLS and signing in, against a broker that insists on them, by the settings that an installation would use."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from kafka.errors import KafkaError

from apps.core.kafka.feed import KafkaFeed
from apps.core.tenancy import TenantRef
from config import kafka
from config.launcher.kafka_broker import KafkaBroker
from tests.kafka.brokers import Broker
from tests.kafka.certificates import Authority
from tests.kafka.events import envelope
from tests.kafka.reading import read_topic, sequences

PASSWORD = "a-long-one-42"
PLAIN_USERS = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_gate="{PASSWORD}";'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[KafkaBroker]:
    """A broker with a listener for each way to sign in."""
    _, _, both = authority.certify("broker")
    broker = KafkaBroker(
        tmp_path_factory.mktemp("guarded") / "kafka",
        listeners={"SCRAM": "SASL_SSL", "PLAIN": "SASL_SSL", "MUTUAL": "SSL"},
        users={"gate": PASSWORD},
        properties={
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(authority.file),
            "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-256",
            "listener.name.scram.scram-sha-256.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "listener.name.plain.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.plain.plain.sasl.jaas.config": PLAIN_USERS,
            "listener.name.mutual.ssl.client.auth": "required",
        },
    )
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def own_broker(guarded: KafkaBroker) -> KafkaBroker:
    """The name tells that it has to be a real one, started here."""
    return guarded


def client(monkeypatch: pytest.MonkeyPatch, **given: str) -> dict[str, Any]:
    for name, value in given.items():
        monkeypatch.setenv(f"KAFKA_{name}", value)
    return kafka.client()


def scram(broker: KafkaBroker, authority: Authority, **changed: str) -> dict[str, str]:
    return {
        "BOOTSTRAP_SERVERS": broker.address("SCRAM"),
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SSL_CAFILE": str(authority.file),
        "SASL_MECHANISM": "SCRAM-SHA-256",
        "SASL_USERNAME": "gate",
        "SASL_PASSWORD": PASSWORD,
        **changed,
    }


def publish(feed: KafkaFeed, options: Mapping[str, Any], prefix: str, tenant: TenantRef) -> None:
    with override_settings(KAFKA_CLIENT=options, KAFKA_TOPIC_PREFIX=prefix):
        asyncio.run(feed([envelope(tenant, tenant.id, 1)]))


def arrived(broker: KafkaBroker, prefix: str) -> list[int]:
    plain = Broker(broker.bootstrap_servers, is_real=True).client
    return [version for versions in sequences(read_topic(plain, f"{prefix}.kafka.v1")).values() for version in versions]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "PLAIN"])
def test_signed_in_over_tls(
    own_broker: KafkaBroker,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    feed: KafkaFeed,
    acme: TenantRef,
    prefix: str,
    mechanism: str,
) -> None:
    listener = own_broker.address("PLAIN" if mechanism == "PLAIN" else "SCRAM")
    given = scram(own_broker, authority, SASL_MECHANISM=mechanism, BOOTSTRAP_SERVERS=listener)
    publish(feed, client(monkeypatch, **given), prefix, acme)
    assert arrived(own_broker, prefix) == [1]


def test_known_by_a_certificate(
    own_broker: KafkaBroker,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    feed: KafkaFeed,
    acme: TenantRef,
    prefix: str,
) -> None:
    certificate, key, _ = authority.certify("relay")
    given = {
        "BOOTSTRAP_SERVERS": own_broker.address("MUTUAL"),
        "SECURITY_PROTOCOL": "SSL",
        "SSL_CAFILE": str(authority.file),
    }
    publish(feed, client(monkeypatch, **given, SSL_CERTFILE=str(certificate), SSL_KEYFILE=str(key)), prefix, acme)
    assert arrived(own_broker, prefix) == [1]


@pytest.mark.parametrize("wrong", ["password", "user", "authority", "no certificate"])
def test_who_is_not_known_gets_nothing_through(
    own_broker: KafkaBroker,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    feed: KafkaFeed,
    acme: TenantRef,
    prefix: str,
    wrong: str,
) -> None:
    given = {
        "password": lambda: scram(own_broker, authority, SASL_PASSWORD="another"),
        "user": lambda: scram(own_broker, authority, SASL_USERNAME="nobody"),
        "authority": lambda: scram(own_broker, authority, SSL_CAFILE=str(Authority(tmp_path, "theirs").file)),
        "no certificate": lambda: {
            "BOOTSTRAP_SERVERS": own_broker.address("MUTUAL"),
            "SECURITY_PROTOCOL": "SSL",
            "SSL_CAFILE": str(authority.file),
        },
    }[wrong]()
    with pytest.raises(KafkaError) as refusal:
        publish(feed, client(monkeypatch, **given), prefix, acme)
    assert PASSWORD not in str(refusal.value)
    assert arrived(own_broker, prefix) == []
