"""The tests' settings: the application's own database role, so that a missing grant shows."""

from .base import *  # noqa: F403

SECRET_KEY = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz"
DEMO_MODE = True
ALLOWED_HOSTS = ["*"]
PLATFORM_HOSTS = ["localhost", "127.0.0.1", "testserver"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# argon2 is slow by design; the tests sign in hundreds of times
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
