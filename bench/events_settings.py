"""Production's settings, with the measurement's own subscriptions."""

from config.settings.prod import *  # noqa: F403

EVENT_SUBSCRIPTIONS = "bench.events_heard.SUBSCRIPTIONS"
