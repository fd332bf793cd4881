"""Which part of the platform hears which event, and what it takes from Kafka: all of it on this page."""

from django.conf import settings

from apps.billing.handlers import HEARD, LedgerHandler
from apps.core.events.projection import Projection, subscription
from apps.core.events.subscription import Subscription
from apps.core.kafka.consume import Consumed
from apps.core.kafka.feed import kafka_subscription
from apps.parking.api.bodies import NewEntry, NewExit
from apps.parking.commands.entries import ChangedMeanwhile
from apps.parking.commands.exits import StayChanged
from apps.parking.consumed import record_entry, record_exit
from apps.parking.events import OccupancyChanged, OverstayDetected, VehicleEntered, VehicleExited
from apps.parking.live import show_on_boards
from apps.reports.handlers import movements, revenue
from apps.reports.models import FeeSum, MovementCount, PaymentSum

PROJECTIONS = [
    Projection(name="movements", events=movements.HEARD, tables=(MovementCount,), apply=movements.count_movements),
    Projection(name="revenue", events=revenue.HEARD, tables=(FeeSum, PaymentSum), apply=revenue.sum_revenue),
]

SUBSCRIPTIONS = [
    Subscription(
        name="live-boards",
        events=(VehicleEntered, VehicleExited, OverstayDetected, OccupancyChanged),
        feed=show_on_boards,
    ),
    Subscription(name="ledger", events=HEARD, handler=LedgerHandler()),
    *(subscription(projection) for projection in PROJECTIONS),
    *([kafka_subscription()] if settings.KAFKA_CLIENT else []),
]

COMMANDS = "{prefix}.commands.v1"
CONSUMED = [
    Consumed(
        topic=COMMANDS, type="RecordVehicleEntry", body=NewEntry, handle=record_entry, retried=(ChangedMeanwhile,)
    ),
    Consumed(topic=COMMANDS, type="RecordVehicleExit", body=NewExit, handle=record_exit, retried=(StayChanged,)),
]
