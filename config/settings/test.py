"""The tests' settings: the application's own database role, so that a missing grant shows."""

import os

from .base import *  # noqa: F403
from .base import CACHES, CHANNEL_LAYERS

# each xdist worker empties a Redis database of its own
REDIS_URL = os.environ["REDIS_URL"].rsplit("/", 1)[0] + "/" + (os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:] or "0")
CHANNEL_LAYERS["default"]["CONFIG"] = {"hosts": [REDIS_URL]}
CACHES["default"]["LOCATION"] = CELERY_BROKER_URL = REDIS_URL

SECRET_KEY = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz"
DEMO_MODE = True
REQUIRE_MFA_FOR_PLATFORM = False
ALLOWED_HOSTS = ["*"]
PLATFORM_HOSTS = ["localhost", "127.0.0.1", "testserver"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# argon2 is slow by design; the tests sign in hundreds of times
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
