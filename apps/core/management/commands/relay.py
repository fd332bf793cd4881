"""`manage.py relay`: the process that delivers events."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from apps.core.events.relay import run_relay


class Command(BaseCommand):
    help = "Deliver committed events to all subscriptions until interrupted. Several may run and share the tenants."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        subscriptions = import_string(settings.EVENT_SUBSCRIPTIONS)
        self.stdout.write(f"Delivering to {', '.join(subscription.name for subscription in subscriptions)}.")
        await run_relay(subscriptions=subscriptions, redis_url=settings.REDIS_URL, stop=stop)
