"""What an event is: a frozen struct in the past tense, carrying ids and plain values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from apps.core.tenancy import TenantRef

_decode = msgspec.json.Decoder(float_hook=Decimal).decode

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class UnknownEvent(LookupError):
    """A stored event of a class or version that this code does not know: newer code wrote it."""


class DomainEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of every event. The class name is the event's type on the wire; its fields, in camelCase, the data.

    Events outlive the code that wrote them and are never rewritten. A class whose fields change raises `schema_version`
    and puts into `upcasters`, under the old version, what lifts old data to the next one.
    """

    aggregate_type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    upcasters: ClassVar[dict[int, Upcaster]] = {}


def event_classes() -> dict[str, type[DomainEvent]]:
    """Every event class that is loaded, by its type's name; a base of others is none."""
    return {cls.__name__: cls for cls in _descendants(DomainEvent) if not cls.__subclasses__()}


_known: dict[str, type[DomainEvent]] = {}  # walking the classes anew for each event took most of its reading


def event_class(kind: str) -> type[DomainEvent] | None:
    """The class of a type's name; None for one that this code does not know."""
    if kind not in _known:
        _known.update(event_classes())
    return _known.get(kind)


def upcast(kind: str, schema_version: int, data: dict[str, Any]) -> dict[str, Any]:
    """Stored data in today's shape. Raises UnknownEvent."""
    cls = event_class(kind)
    if cls is None or schema_version > cls.schema_version:
        raise UnknownEvent(f"{kind} version {schema_version} is not known here; it was written by newer code.")
    for version in range(schema_version, cls.schema_version):
        data = cls.upcasters[version](data)
    return data


def _descendants(cls: type[DomainEvent]) -> Iterator[type[DomainEvent]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _descendants(sub)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A stored event. `version` is the aggregate's, counting its events from 1; `occurred_at` is UTC.

    `position` orders the deliveries of one tenant. Data and metadata are kept as the JSON text that is stored, and read
    on demand, numbers exact.
    """

    position: int
    id: UUID
    type: str
    schema_version: int
    tenant: TenantRef
    aggregate_type: str
    aggregate_id: UUID
    version: int
    occurred_at: datetime
    data_json: str
    metadata_json: str

    @cached_property
    def data(self) -> dict[str, Any]:
        """The event's data in the shape of today's class. Raises UnknownEvent."""
        return upcast(self.type, self.schema_version, _decode(self.data_json))

    @cached_property
    def metadata(self) -> dict[str, Any]:
        return dict(_decode(self.metadata_json))
