"""Which part of the platform hears which event: all of it on this page. Nothing subscribes elsewhere."""

from apps.core.events.subscription import Subscription
from apps.parking.events import OccupancyChanged, OverstayDetected, VehicleEntered, VehicleExited
from apps.parking.live import show_on_boards

SUBSCRIPTIONS = [
    Subscription(
        name="live-boards",
        events=(VehicleEntered, VehicleExited, OverstayDetected, OccupancyChanged),
        feed=show_on_boards,
    ),
]
