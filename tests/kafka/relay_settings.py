"""The settings of real relay processes in these tests."""

from config.settings.test import *  # noqa: F403

EVENT_SUBSCRIPTIONS = "tests.kafka.subscribed.SUBSCRIPTIONS"
