"""The platform under soak: the settings of the tests, but tasks go to the worker."""

from config.settings.test import *  # noqa: F403

ALLOWED_HOSTS = [".localhost", "127.0.0.1"]
CELERY_TASK_ALWAYS_EAGER = False
EVENT_SUBSCRIPTIONS = "tests.faults.soak.subscribed.SUBSCRIPTIONS"
