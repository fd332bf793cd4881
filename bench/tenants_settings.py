"""Production, and an app in each tenant whose migrations are written during the measurement."""

import os

from config.settings.prod import *  # noqa: F403
from config.settings.prod import INSTALLED_APPS, TENANT_APPS

TENANT_APPS = [*TENANT_APPS, "bench.growing"]
INSTALLED_APPS = ["bench.growing", *INSTALLED_APPS]
MIGRATION_MODULES = {"growing": os.environ["GROWING_MIGRATIONS"]}
