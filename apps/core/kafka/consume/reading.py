"""What a record of Kafka says: checked header by header, so that nothing enters a tenant that is not meant for it.

CloudEvents 1.0 in binary mode: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid5

import msgspec

from apps.core import tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.api.bodies import Instant, decode_body
from apps.core.errors import DomainError
from apps.core.tenancy import TenantRef, TenantStatus

from .consumed import Consumed, Received
from .records import Record

REQUIRED = ("content-type", "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_tenantid")
LONGEST_HEADER = 500
_NAMES = UUID("b6c3d1f2-6d0c-5f6e-9a34-1d1c5b0f7a11")

Headers = Mapping[str, str]
Declared = Mapping[tuple[str, str], Consumed]


class Poison(Exception):
    """A message that no try will ever make good. `code` is stable, the text says what is wrong with it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is fit to be handled in its tenant. `inbox_id` stands for its source and id together."""

    consumed: Consumed
    tenant: TenantRef
    received: Received
    inbox_id: UUID
    correlation_id: str


def read(record: Record, *, declared: Declared, at: datetime) -> Incoming:
    """A record as the message that it is. `declared` is by the broker's topic and the type. Raises Poison."""
    headers = _headers(record.headers)
    consumed = declared.get((record.topic, headers["ce_type"]))
    if consumed is None:
        raise Poison("unknown_type", f"{headers['ce_type']} is not taken from {record.topic}.")
    tenant = _tenant(record.key, headers)
    body = _body(record.value, consumed)
    if str(getattr(body, "tenant_id", None) or tenant.id) != str(tenant.id):
        raise Poison("tenant_mismatch", "The body's tenantId is not that of the headers.")
    source, message_id = headers["ce_source"], headers["ce_id"]
    received = Received(
        id=message_id,
        source=source,
        subject=headers["ce_subject"],
        type=consumed.type,
        body=body,
        occurred_at=_instant(headers["ce_time"]),
        at=at,
        actor=Actor(kind=ActorKind.INTEGRATION, name=source, tenant_id=tenant.id),
    )
    return Incoming(
        consumed=consumed,
        tenant=tenant,
        received=received,
        inbox_id=uuid5(_NAMES, f"{len(source)}:{source}{message_id}"),
        correlation_id=headers.get("ce_correlationid", message_id),
    )


def _headers(raw: Iterable[tuple[str, bytes]]) -> Headers:
    found: dict[str, str] = {}
    for name, value in raw:
        if name != "content-type" and not name.startswith("ce_"):
            continue
        if name in found:
            raise Poison("duplicate_header", f"{name} is given twice.")
        found[name] = _text(name, value)
    if missing := [name for name in REQUIRED if not found.get(name)]:
        raise Poison("missing_header", f"{', '.join(missing)} is missing.")
    if found["ce_specversion"] != "1.0":
        raise Poison("unknown_specversion", "Only CloudEvents 1.0 is read.")
    if found["content-type"].partition(";")[0].strip().lower() != "application/json":
        raise Poison("unknown_content_type", "Only application/json in CloudEvents' binary mode is read.")
    return found


def _text(name: str, value: bytes | None) -> str:
    try:
        text = (value or b"").decode()
    except UnicodeDecodeError:
        raise Poison("unreadable_header", f"{name} is not UTF-8.") from None
    if len(text) > LONGEST_HEADER or (text and not text.isprintable()):
        raise Poison("unreadable_header", f"{name} is longer than {LONGEST_HEADER} or has unprintable characters.")
    return text


def _tenant(key: bytes | None, headers: Headers) -> TenantRef:
    given = headers["ce_tenantid"]
    try:
        tenant_id = UUID(given)
    except ValueError:
        raise Poison("unknown_tenant", "ce_tenantid is not a UUID.") from None
    if key != f"{given}:{headers['ce_subject']}".encode():
        raise Poison("key_mismatch", "The key is not ce_tenantid, a colon and ce_subject: so its order is not kept.")
    tenant = tenancy.directory().by_id(tenant_id)
    if tenant is None:
        raise Poison("unknown_tenant", f"There is no tenant {tenant_id}.")
    if tenant.status is not TenantStatus.ACTIVE:
        raise Poison("tenant_not_active", f"The tenant {tenant.slug} is {tenant.status}.")
    return tenant


def _body(value: bytes | None, consumed: Consumed) -> msgspec.Struct:
    try:
        return decode_body(value or b"", consumed.body)
    except DomainError as refusal:
        raise Poison(refusal.code, told(refusal)) from None


def _instant(text: str) -> datetime:
    try:
        return msgspec.convert(text, Instant).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise Poison("unreadable_time", "ce_time is not a timestamp of RFC 3339 with its offset.") from None


def told(refusal: DomainError) -> str:
    """A refusal in one line, with its fields."""
    return " ".join([refusal.detail, *(f"[{error.field}: {error.code}]" for error in refusal.errors)])
