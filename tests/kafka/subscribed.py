"""What relays of these tests deliver to: Kafka, as the platform does, but with the tests' event."""

from apps.core.events.subscription import Subscription
from apps.core.kafka.feed import publish_to_kafka
from tests.kafka.events import Chimed

SUBSCRIPTIONS = [Subscription(name="kafka", events=(Chimed,), feed=publish_to_kafka, replayable=True)]
