"""The served platform's settings: its live messages stay apart from those of tests that run at the same time."""

import os

from config.settings.test import *  # noqa: F403
from config.settings.test import CHANNEL_LAYERS

CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = os.environ["PAGES_CHANNEL_PREFIX"]
