"""A record is read strictly: whatever is not as it should be is named, and nothing of it enters a tenant."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.auth import directory
from apps.auth.models import Tenant
from apps.core import clock, tenancy
from apps.core.kafka.consume.reading import Poison, read
from apps.core.tenancy import TenantStatus
from tests.kafka.messages import Message, message
from tests.kafka.taken import READINGS

TOPIC = "x.readings.v1"
DECLARED = {(TOPIC, each.type): each for each in READINGS}


@dataclass(frozen=True)
class Found:
    """A record as Kafka's client gives it."""

    key: bytes | None = None
    value: bytes | None = None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    topic: str = TOPIC
    partition: int = 0
    offset: int = 0


def record(sent: Message) -> Found:
    return Found(sent.key, sent.value, list(sent.headers.items()))


@pytest.fixture
def good(acme: Any) -> Message:
    return message(acme, "Reading", {"number": 7}, subject="meter")


def poison_of(found: Found) -> str:
    with pytest.raises(Poison) as poison:
        read(found, declared=DECLARED, at=clock.now())
    assert poison.value.detail
    return poison.value.code


def test_a_good_one_is_read(good, acme):
    incoming = read(record(good), declared=DECLARED, at=clock.now())
    assert (incoming.tenant, incoming.received.body.number, incoming.received.subject) == (acme, 7, "meter")
    assert (incoming.received.actor.kind, incoming.received.actor.name) == ("integration", "/gates/north")
    assert incoming.received.actor.tenant_id == acme.id
    assert incoming.correlation_id == incoming.received.id


def test_source_and_id_together_name_a_message(good):
    """Neither one alone, nor both run together."""
    names = {
        read(record(good.having(ce_source=source, ce_id=id)), declared=DECLARED, at=clock.now()).inbox_id
        for source, id in (("ab", "c"), ("a", "bc"), ("ab", "d"), ("b", "c"), ("ab", "c"))
    }
    assert len(names) == 4


@pytest.mark.parametrize("name", [
    "content-type", "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_tenantid",
])  # fmt: skip
def test_every_required_header_is_missed(good, name):
    assert poison_of(record(good.having(**{name: None}))) == "missing_header"
    assert poison_of(record(good.having(**{name: ""}))) == "missing_header"
    twice = record(good)
    twice.headers.append((name, b"again"))
    assert poison_of(twice) == "duplicate_header"
    for unreadable in (b"\xff", b"a\0b", b"a\nb", b"x" * 501):
        broken = replace(good, headers={**good.headers, name: unreadable})
        assert poison_of(record(broken)) == "unreadable_header"


@pytest.mark.parametrize(("header", "text", "code"), [
    ("ce_specversion", "0.3", "unknown_specversion"),
    ("content-type", "application/cloudevents+json", "unknown_content_type"),
    ("ce_type", "PaintVehicle", "unknown_type"),
    ("ce_time", "yesterday", "unreadable_time"),
    ("ce_time", "2026-03-01T10:00:00", "unreadable_time"),
    ("ce_time", "0001-01-01T00:00:00+14:00", "unreadable_time"),
    ("ce_tenantid", "acme", "unknown_tenant"),
    ("ce_subject", "another", "key_mismatch"),
])  # fmt: skip
def test_a_wrong_header_is_named(good, header, text, code):
    assert poison_of(record(good.having(**{header: text}))) == code


def test_the_key_must_be_of_the_same_tenant(good, globex):
    for key in (None, b"", b"meter", f"{globex.id}:meter".encode()):
        assert poison_of(replace(record(good), key=key)) == "key_mismatch"


@pytest.fixture
def remembered() -> Iterator[None]:
    """Nothing of the tenants is remembered afterwards."""
    yield
    directory.forget()


@pytest.mark.usefixtures("remembered")
def test_a_tenant_that_is_not_active_takes_nothing(good, acme):
    for status in TenantStatus:
        with tenancy.public():
            Tenant.objects.filter(id=acme.id).update(status=status)
        directory.forget()
        if status is TenantStatus.ACTIVE:
            assert read(record(good), declared=DECLARED, at=clock.now()).tenant.status is status
        else:  # one that is being made, or is gone, is not even found
            assert poison_of(record(good)) in ("tenant_not_active", "unknown_tenant")
            assert status is not TenantStatus.SUSPENDED or poison_of(record(good)) == "tenant_not_active"


@pytest.mark.parametrize(("value", "code"), [
    (None, "unreadable"),
    (b"", "unreadable"),
    (b"[]", "unreadable"),
    (b"\xff", "unreadable"),
    (b'{"number": "7"}', "invalid"),
    (b'{"number": 7, "number": 8}', "invalid"),
    (b'{"number": 7, "colour": "red"}', "invalid"),
    (b'{"number": 7, "trouble": "\\u0000"}', "invalid"),
    (b'{"number": 7, "trouble": "' + b"x" * 1_100_000 + b'"}', "too_large"),
])  # fmt: skip
def test_a_wrong_body_is_named(good, value, code):
    assert poison_of(replace(record(good), value=value)) == code


@given(
    key=st.none() | st.binary(max_size=60),
    value=st.none() | st.binary(max_size=60),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_type", "ce_tenantid", "content-type", "other"]), st.none() | st.binary()
        )
    ),
)
def test_rubbish_is_poison_and_nothing_worse(key, value, headers):
    assert poison_of(Found(key, value, headers))  # type: ignore[arg-type]
