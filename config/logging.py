"""JSON logs, one object a line, with the correlation id and the tenant of what was being done."""

import sys
from typing import Any

import structlog

from apps.core.masking import mask_log_line
from config import env

_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [*_shared, structlog.processors.format_exc_info],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask_log_line,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "filters": {"seldom": {"()": "config.seldom.Seldom"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json"},
        "seldom": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json", "filters": ["seldom"]},
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"level": "INFO", "propagate": True, "handlers": []},
        "django.server": {"level": "WARNING", "propagate": True, "handlers": []},
        "django.request": {"level": "ERROR", "propagate": True, "handlers": []},
        # While a broker is away its client tells of each try, many times a second.
        "kafka": {"level": "WARNING", "propagate": False, "handlers": ["seldom"]},
        "access": {"level": env.text("ACCESS_LOG_LEVEL", "INFO"), "propagate": True},
    },
}
