"""`make run`: everything on one machine, signed in by demo accounts."""

from config import env

from .base import *  # noqa: F403

SECRET_KEY = env.text("SECRET_KEY") or "only-for-development-never-for-production-0123456789"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # an edited script is served as it is now, not cut to its old length
