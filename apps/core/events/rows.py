"""Reading stored events: the columns that the store, the outbox and the deliveries share."""

from typing import Any

from apps.core.tenancy import TenantRef

from .event import Envelope

_SHARED = (
    "aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at, data::text, metadata::text"
)
OUTBOX_COLUMNS = f"position, event_id, tenant_schema, {_SHARED}"
STORE_COLUMNS = f"position, id, current_schema(), {_SHARED}"

_CHAINED = """
    {id}::text, aggregate_type, aggregate_id::text, aggregate_version::text, type, schema_version::text,
    extract(epoch FROM occurred_at)::text, {position}::text, data::text, metadata::text"""


def digest_sql(*, id_column: str, position_column: str) -> str:
    """SQL for an event's SHA-256: over the same texts whichever table it is read from.

    Lengths go before the texts, so that no two events run together to the same bytes.
    """
    fields = _CHAINED.format(id=id_column, position=position_column).split(",")
    parts = " || ".join(f"length({field.strip()}) || ':' || {field.strip()}" for field in fields)
    return f"sha256(convert_to({parts}, 'UTF8'))"


def envelope(row: tuple[Any, ...], tenant: TenantRef) -> Envelope:
    """The event of a row of OUTBOX_COLUMNS or STORE_COLUMNS."""
    position, event_id, _, aggregate_type, aggregate_id, version, kind, schema_version, at, data, metadata = row
    return Envelope(
        position=position,
        id=event_id,
        type=kind,
        schema_version=schema_version,
        tenant=tenant,
        aggregate_type=aggregate_type,
        aggregate_id=aggregate_id,
        version=version,
        occurred_at=at,
        data_json=data,
        metadata_json=metadata,
    )
