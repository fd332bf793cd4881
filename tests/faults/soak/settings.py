"""Settings of the platform under soak: the tests' own, but tasks go to the worker and overstays are looked for often."""

from config.settings.test import *  # noqa: F403

ALLOWED_HOSTS = [".localhost", "127.0.0.1"]
CELERY_TASK_ALWAYS_EAGER = False
EVENT_SUBSCRIPTIONS = "tests.faults.soak.subscribed.SUBSCRIPTIONS"
