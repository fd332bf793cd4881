"""The settings of real consumer processes: what they take is the tests' own."""

from config.settings.test import *  # noqa: F403

CONSUMED_MESSAGES = "tests.kafka.taken.CONSUMED"
