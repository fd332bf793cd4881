"""Events of these tests: their topic is `<prefix>.kafka.v1`."""

import json
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction

from apps.core import clock
from apps.core.actor import SYSTEM
from apps.core.events import DomainEvent, Envelope, publish
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef


class Chimed(DomainEvent, frozen=True, kw_only=True):
    """A clock struck."""

    aggregate_type: ClassVar[str] = "clock"
    hour: int
    sound: str = ""


def chime(aggregate: UUID, *hours: int, sound: str = "") -> None:
    """Publish in the tenant entered."""
    with transaction.atomic():
        for hour in hours:
            publish(Chimed(hour=hour, sound=sound), aggregate_id=aggregate, at=clock.now(), actor=SYSTEM)


def envelope(tenant: TenantRef, aggregate: UUID, version: int, *, sound: str = "", **changed: Any) -> Envelope:
    """One as the relay hands it over, from no database."""
    return Envelope(
        **{
            "position": version,
            "id": new_id(),
            "type": "Chimed",
            "schema_version": 1,
            "tenant": tenant,
            "aggregate_type": "clock",
            "aggregate_id": aggregate,
            "version": version,
            "occurred_at": clock.now(),
            "data_json": json.dumps({"hour": version, "sound": sound}),
            "metadata_json": json.dumps({"source": "parking/system"}),
            **changed,
        }
    )
