"""Live occupancy: what the relay hands to every connected board of a tenant."""

from collections.abc import Sequence
from typing import Any

from channels.layers import get_channel_layer

from apps.core.api.replies import to_json
from apps.core.events import Envelope
from apps.core.tenancy import TenantRef

MOVEMENTS = {"VehicleEntered": "entered", "VehicleExited": "exited", "OverstayDetected": "overstay"}


def group_of(tenant: TenantRef) -> str:
    """The channel group of a tenant's boards."""
    return f"{tenant.schema}.occupancy"


async def show_on_boards(envelopes: Sequence[Envelope]) -> None:
    """Send a batch of events to the boards, one message a tenant: each location's last state, and every movement."""
    by_tenant: dict[TenantRef, list[Envelope]] = {}
    for envelope in envelopes:
        by_tenant.setdefault(envelope.tenant, []).append(envelope)
    layer = get_channel_layer()
    for tenant, events in by_tenant.items():
        await layer.group_send(group_of(tenant), {"type": "occupancy.changed", "frames": _frames(events)})


def _frames(events: Sequence[Envelope]) -> list[dict[str, Any]]:
    """Text frames with what a consumer leaves some out by: the location, and of a state its version."""
    last: dict[str, dict[str, Any]] = {}
    frames = []
    for event in events:
        after = event.data["occupancy"]
        if after["version"] > last.get(after["locationId"], {"version": 0})["version"]:
            last[after["locationId"]] = {**after, "asOf": event.occurred_at}
        if kind := MOVEMENTS.get(event.type):
            frames.append({"text": to_json(_movement(kind, event)), "location": event.data["locationId"]})
    for after in last.values():
        frames.append(
            {"text": to_json(_occupancy(after)), "location": after["locationId"], "version": after["version"]}
        )
    return frames


def _movement(kind: str, event: Envelope) -> dict[str, Any]:
    data = event.data
    return {
        "type": "movement",
        "kind": kind,
        "vehicleNumber": data["vehicleNumber"],
        "vehicleType": data["vehicleType"],
        "locationId": data["locationId"],
        "at": data.get("exitTime") or (data["entryTime"] if kind == "entered" else event.occurred_at),
    }


def _occupancy(after: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "occupancy",
        "locationId": after["locationId"],
        "total": after["total"],
        "occupied": after["occupied"],
        "available": after["available"],
        "overstays": after["overstays"],
        "byVehicleType": [{"vehicleType": code, "occupied": n} for code, n in sorted(after["byType"].items()) if n],
        "version": after["version"],
        "asOf": after["asOf"],
    }
