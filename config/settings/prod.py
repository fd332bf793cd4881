"""Production: refuses to start with what is only fit for a demonstration."""

from django.core.exceptions import ImproperlyConfigured

from config import env

from .base import *  # noqa: F403
from .base import ALLOWED_HOSTS, DEMO_MODE

if DEMO_MODE:
    raise ImproperlyConfigured("PARKING_DEMO makes accounts with a known password: unset it in production.")
if env.flag("DEBUG"):
    raise ImproperlyConfigured("DEBUG shows the code and its data to anyone: unset it in production.")
SECRET_KEY = env.required("SECRET_KEY", "a random text of 50 characters or more that only this installation knows")
if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("only-for-"):
    raise ImproperlyConfigured("SECRET_KEY is too short or a default: use 50 or more random characters.")
if "*" in ALLOWED_HOSTS or not env.words("ALLOWED_HOSTS"):
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the host names that are served, for instance .parking.example.")

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # config.forwarded leaves it to TRUSTED_PROXIES alone
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# A cookie named so is taken by a browser only over TLS and for this very host: no tenant's host can set another's.
SESSION_COOKIE_NAME = "__Host-parking_session"
CSRF_COOKIE_NAME = "__Host-csrftoken"
SIGN_IN_PROVIDER_COOKIE = "__Host-parking_provider"
SILENCED_SYSTEM_CHECKS = ["security.W003"]  # it looks for Django's own class; config.middleware.Csrf is made of it
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.NamedByContent"},
}
