"""What holds everywhere. The environment is read by `config.env`; `docs/operations.md` lists its variables."""

import sys
from datetime import timedelta
from pathlib import Path

from config import env, kafka, mail, sign_in_providers
from config.logging import LOGGING as LOGGING
from config.unfold import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PARKING_HOME = env.home()
DEBUG = False
DEMO_MODE = env.flag("PARKING_DEMO")
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ".localhost,localhost,127.0.0.1,[::1]")
# Hosts that are the platform's own and no tenant's: sign-in by token, the platform administrators' admin
PLATFORM_HOSTS = env.words("PLATFORM_HOSTS", "localhost,127.0.0.1,[::1]")

# The public schema holds what tenants share; each tenant's schema what is its own. ContentTypes, permissions and
# sessions are public alone: they are cached per process, and ids that differ by tenant get mixed up.
SHARED_APPS = [
    "apps.core.shared",
    "apps.auth",
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "unfold",
    "django.contrib.admin",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "corsheaders",
    "apps.auth.providers.allauth_apps.Account",
    "apps.auth.providers.allauth_apps.SocialAccount",
]
TENANT_APPS = ["apps.core", "apps.rules", "apps.billing", "apps.parking", "apps.notifications", "apps.reports"]
INSTALLED_APPS = [*TENANT_APPS, *SHARED_APPS]  # ours first: our `migrate` replaces django-tenants'

AUTH_USER_MODEL = "identity.User"
TENANT_MODEL = "identity.Tenant"
TENANT_DOMAIN_MODEL = "identity.Domain"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
ORIGINAL_BACKEND = "django_prometheus.db.backends.postgresql"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_database = env.DatabaseAddress.parse(env.database_url()).settings
# The pool serves the many short threads of ASGI; a WSGI worker keeps one session for each of its few threads.
# Commands that change tables go without it: a forked `migrate` hangs on the pool's threads, which a fork leaves behind.
_pooled = env.flag("DATABASE_POOL") and not env.OWNER_COMMANDS.intersection(sys.argv[1:2])
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "apps.core.db",
        "CONN_MAX_AGE": 0 if _pooled else 300,
        "CONN_HEALTH_CHECKS": not _pooled,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        # A session keeps the plans of so many statements: the gates of a tenant need four, of 130 kB each. What is not
        # kept is planned again each time, which doubles what the database does for an entry (docs/performance.md).
        "PREPARED_STATEMENTS": 400,
        "OPTIONS": {
            **_database["OPTIONS"],
            # A session that has entered no tenant sees no tables at all.
            "options": "-c search_path=pg_catalog -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
            "application_name": env.text("PARKING_PROCESS", "manage"),
            # Counts only for statements bound on the server (apps.core.db.statement); the ORM's are never prepared.
            "prepare_threshold": 5,
            **(
                {"pool": {"min_size": 1, "max_size": 8, "max_lifetime": 300, "max_idle": 60, "timeout": 5}}
                if _pooled
                else {}
            ),
        },
    }
}

EVENT_SUBSCRIPTIONS = "config.subscriptions.SUBSCRIPTIONS"
EVENT_PROJECTIONS = "config.subscriptions.PROJECTIONS"
CONSUMED_MESSAGES = "config.subscriptions.CONSUMED"
# Without KAFKA_BOOTSTRAP_SERVERS nothing goes to Kafka, and everything else works the same.
KAFKA_CLIENT = kafka.client()
KAFKA_TOPIC_PREFIX = kafka.topic_prefix()
KAFKA_PARTITIONS = env.number("KAFKA_PARTITIONS", 12, most=10_000)
KAFKA_REPLICATION = env.number("KAFKA_REPLICATION", 0, least=0, most=9)  # 0: as the broker has it
KAFKA_RETENTION_HOURS = env.number("KAFKA_RETENTION_HOURS", 168, most=100_000)
INBOX_KEPT_DAYS = kafka.inbox_kept_days(retention_hours=KAFKA_RETENTION_HOURS)
KAFKA_SESSION_SECONDS = env.number("KAFKA_SESSION_SECONDS", 10, most=1800)
# In ten seconds, by one person or key, and by all of a tenant together; 0: as many as they like
API_REQUESTS_PER_SENDER = env.number("API_REQUESTS_PER_SENDER", 2_000, least=0, most=999_999_999)
API_REQUESTS_PER_TENANT = env.number("API_REQUESTS_PER_TENANT", 10_000, least=0, most=999_999_999)
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "apps.core.cache.tenant_key",
    },
}
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}},
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(PARKING_HOME / "celerybeat-schedule")
CELERY_TASK_DEFAULT_QUEUE = "parking"

MIDDLEWARE = [
    "apps.core.middleware.EdgeMiddleware",
    "config.forwarded.ForwardedProtocol",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.Cors",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.middleware.TenantMiddleware",
    "config.middleware.Session",
    "config.middleware.Csrf",
    "config.middleware.Authentication",
    "config.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Proxies of our own, as CIDR ranges: what they append to X-Forwarded-For, and their X-Forwarded-Proto, is believed
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
PASSWORD_HASHERS = ["apps.auth.security.passwords.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "apps.auth.security.passwords.MonotonousPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["apps.auth.page_sessions.PageBackend"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "apps.auth.page_sessions"
SESSION_COOKIE_NAME = "parking_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.auth.api.authentication.TokenAuthentication",
        "apps.auth.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.auth.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.openapi.CallSchema",
    "UNAUTHENTICATED_USER": None,
}
# Who looks after the installation has a second factor, or enrolls one before anything else
REQUIRE_MFA_FOR_PLATFORM = env.flag("REQUIRE_MFA_FOR_PLATFORM", default=not DEMO_MODE)
SIGN_IN_LIFETIME = timedelta(days=30)  # however much it is used (NIST SP 800-63B, section 4.1.3)
# Refresh tokens are SimpleJWT's; access tokens are signed by apps.auth.signing and share these settings.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ALGORITHM": "HS256",
    "ISSUER": "parking",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Parking platform",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Entries, exits, fees and live occupancy of parking sites, for many operators on one installation.",
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [],  # the enum hook expects serializers
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # else other hosts hear of ours
    "COMPONENT_SPLIT_REQUEST": False,
}

SIGN_IN_PROVIDERS = sign_in_providers.providers()
SIGN_IN_CALLBACK_ORIGIN = sign_in_providers.callback_origin()
SIGN_IN_PROVIDER_COOKIE = "parking_provider"
vars().update(sign_in_providers.allauth_settings())
vars().update(mail.settings())
# Without both secrets nothing is paid online. The base address is Stripe's unless something stands in for it.
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
STRIPE_API_BASE = env.text("STRIPE_API_BASE")
# Each tenant is paid into an account of its own, or not online at all; without it those that have none share one.
STRIPE_CONNECT = env.flag("STRIPE_CONNECT")
# With this key as well, payers are offered a page of ours; the script on it is Stripe's, of the library's API version.
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY")
STRIPE_JS = env.text("STRIPE_JS", "https://js.stripe.com/endive/stripe.js")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "parking@localhost")
PASSWORD_RESET_TIMEOUT = 3600  # seconds that the link to a new password is good

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = PARKING_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes of a request's body
# Scripts of these origins may use the API, by token alone: no cookie goes with what they send.
CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key", "if-match", "x-correlation-id"]
CORS_EXPOSE_HEADERS = ["etag", "idempotent-replay", "retry-after", "x-correlation-id"]
X_FRAME_OPTIONS = "DENY"
PROMETHEUS_METRIC_NAMESPACE = "parking"
