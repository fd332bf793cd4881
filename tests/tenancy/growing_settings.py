"""The tests' settings, and an app in each tenant whose migrations a test writes (`bench.growing`)."""

import os

from config.settings.test import *  # noqa: F403
from config.settings.test import INSTALLED_APPS, TENANT_APPS

TENANT_APPS = [*TENANT_APPS, "bench.growing"]
INSTALLED_APPS = ["bench.growing", *INSTALLED_APPS]
MIGRATION_MODULES = {"growing": os.environ["GROWING_MIGRATIONS"]}
