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
    return Message(
        topic=topic_for(event.type),
        key=f"{event.tenant.id}:{event.aggregate_id}".encode(),
        value=encode(told(event)),
        headers=_headers(event),
    )


def _headers(event: Envelope) -> list[tuple[str, bytes]]:
    metadata = event.metadata
    attributes = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": event.id,
        "ce_type": event.type,
        "ce_source": metadata.get("source") or "parking",
        "ce_time": _instant(event.occurred_at),
        "ce_subject": event.aggregate_id,
        "ce_tenantid": event.tenant.id,
        "ce_sequence": event.version,
        "ce_dataversion": event.schema_version,
        "ce_correlationid": metadata.get("correlationId"),
        "ce_causationid": metadata.get("causationId"),
    }
    return [(name, str(value).encode()) for name, value in attributes.items() if value is not None]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
