"""An event as a Kafka message: the envelope of the API as its value, CloudEvents 1.0 as its headers.

Binary content mode of the CloudEvents Kafka protocol binding 1.0.2, section 3.2; the attributes `tenantid`, `sequence`,
`dataversion`, `correlationid` and `causationid` are extensions of ours.
"""

from datetime import UTC, datetime

import msgspec

from apps.core.api.events import told
from apps.core.api.replies import encode
from apps.core.events import Envelope

from .topics import topic_for

_RECORD_BYTES = 48  # lengths, time and offset of a record: at most so many, as variable-length integers
_HEADER_BYTES = 10
_FROM_METADATA = (("ce_correlationid", "correlationId"), ("ce_causationid", "causationId"))


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent. What has the same key stays in order."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]

    @property
    def most_bytes(self) -> int:
        """No fewer than it takes in a batch."""
        headers = sum(len(name) + len(value) + _HEADER_BYTES for name, value in self.headers)
        return _RECORD_BYTES + len(self.key) + len(self.value) + headers


def message(event: Envelope) -> Message:
    """The message of an event. Raises UnknownEvent for one that newer code wrote."""
    subject, tenant_id = str(event.aggregate_id).encode(), str(event.tenant.id).encode()
    return Message(
        topic=topic_for(event.type),
        key=b"%b:%b" % (tenant_id, subject),
        value=encode(told(event)),
        headers=_headers(event, subject=subject, tenant_id=tenant_id),
    )


def _headers(event: Envelope, *, subject: bytes, tenant_id: bytes) -> list[tuple[str, bytes]]:
    metadata = event.metadata
    headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event.id).encode()),
        ("ce_type", event.type.encode()),
        ("ce_source", (metadata.get("source") or "parking").encode()),
        ("ce_time", _instant(event.occurred_at)),
        ("ce_subject", subject),
        ("ce_tenantid", tenant_id),
        ("ce_sequence", b"%d" % event.version),
        ("ce_dataversion", b"%d" % event.schema_version),
    ]
    for name, field in _FROM_METADATA:
        if (value := metadata.get(field)) is not None:
            headers.append((name, str(value).encode()))
    return headers


def _instant(at: datetime) -> bytes:
    return (at.astimezone(UTC).isoformat()[: -len("+00:00")] + "Z").encode()
