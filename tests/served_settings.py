"""Settings of a served platform: the host names of a real one, and live messages apart from those of other tests."""

import os

from config.settings.test import *  # noqa: F403
from config.settings.test import CHANNEL_LAYERS

ALLOWED_HOSTS = [".localhost", "127.0.0.1"]
CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = os.environ["LIVE_CHANNEL_PREFIX"]
