"""The subscriptions that tests put into the place of the platform's own."""

from apps.core.events.subscription import Subscription
from tests.events.relays import Heard, Noted


class Silent:
    """A handler that does nothing."""

    def handle(self, envelope):
        pass

    def on_error(self, envelope, error):
        pass


feed, fragile = Heard(), Heard()
SUBSCRIPTIONS = [
    Subscription(name="feed", events=(Noted,), feed=feed, replayable=True),
    Subscription(name="fragile", events=(Noted,), feed=fragile),
    Subscription(name="writer", events=(Noted,), handler=Silent()),
]
