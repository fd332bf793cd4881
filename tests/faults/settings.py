"""The settings of real relay processes: what they deliver to is the tests' own."""

from config.settings.test import *  # noqa: F403

EVENT_SUBSCRIPTIONS = "tests.faults.subscribed.SUBSCRIPTIONS"
