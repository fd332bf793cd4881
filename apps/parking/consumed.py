"""Commands that other systems send over Kafka: the same bodies, checks and commands as those of the REST API."""

import msgspec

from apps.core.kafka.consume import Received

from .api.bodies import NewEntry, NewExit
from .api.entries import entry_details
from .api.exits import exit_details
from .commands import record_vehicle_entry, record_vehicle_exit


def record_entry(message: Received) -> None:
    """`RecordVehicleEntry`. Without `entryTime` the vehicle came in when the message says that it happened."""
    body: NewEntry = message.body
    details = entry_details(body)
    if details.entry_time is None:
        details = msgspec.structs.replace(details, entry_time=message.occurred_at)
    record_vehicle_entry(entry=details, at=message.at, actor=message.actor)


def record_exit(message: Received) -> None:
    """`RecordVehicleExit`, likewise."""
    body: NewExit = message.body
    details = exit_details(body)
    if details.exit_time is None:
        details = msgspec.structs.replace(details, exit_time=message.occurred_at)
    record_vehicle_exit(exit=details, at=message.at, actor=message.actor)
