"""The `worker` and `beat` processes."""

import gc
import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init
from django.conf import settings

from config import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

app = Celery("parking", task_cls="apps.core.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["apps.core", "apps.auth", "apps.billing", "apps.parking"])
app.autodiscover_tasks(["apps.auth.tenants", "apps.auth.mail", "apps.billing.mail", "apps.billing.online"])
app.conf.beat_schedule = {
    "provision-waiting": {"task": "identity.provision_waiting", "schedule": 10.0, "options": {"expires": 10.0}},
    "mark-overstays": {"task": "parking.mark_overstays", "schedule": 5.0, "options": {"expires": 5.0}},
    "tell-untold-ends": {"task": "identity.tell_untold_ends", "schedule": 5.0, "options": {"expires": 5.0}},
    "poll-provider": {"task": "billing.poll_provider", "schedule": 30.0, "options": {"expires": 30.0}},
    "write-key-uses": {"task": "identity.write_key_uses", "schedule": 60.0, "options": {"expires": 60.0}},
    "forget-past-sign-ins": {"task": "identity.forget_past", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "erase-expired-persons": {"task": "parking.erase_expired", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "take-up-simulations": {"task": "billing.take_up_simulations", "schedule": 300.0, "options": {"expires": 300.0}},
    "charge-months": {"task": "billing.charge_months", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "invoice-last-month": {"task": "billing.invoice_last_month", "schedule": crontab(hour=2, minute=11)},  # UTC
    "forget-idempotency": {"task": "core.forget_old_answers", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "forget-handled": {"task": "core.forget_handled", "schedule": crontab(hour=3, minute=17)},  # UTC
}

if settings.DEMO_MODE and env.flag("PARKING_DEMO_TRAFFIC", default=True):
    app.conf.beat_schedule["demo-traffic"] = {
        "task": "parking.demo_traffic",
        "schedule": 3.0,
        "options": {"expires": 3.0},
    }


@setup_logging.connect  # type: ignore[untyped-decorator]
def _log_as_django_does(**_: object) -> None:
    """Celery would replace the handlers; ours stay."""
    import logging.config

    logging.config.dictConfig(settings.LOGGING)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def keep_what_is_loaded(**_: object) -> None:
    """What a process has loaded stays for ever: tasks that make many objects are not held up by going over it."""
    gc.collect()
    gc.freeze()
