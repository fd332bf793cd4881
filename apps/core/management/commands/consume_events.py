"""`manage.py consume_events`: the process that takes commands and events from Kafka."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.kafka.consume.consumed import consumed
from apps.core.kafka.consume.process import run_consumer
from apps.core.kafka.options import client_options, is_configured


class Command(BaseCommand):
    help = "Take commands and events from Kafka until interrupted. Several may run and share the partitions."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_configured():
            raise CommandError("There is no Kafka to take anything from: set KAFKA_BOOTSTRAP_SERVERS.")
        stop = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stop.set())
        prefix = settings.KAFKA_TOPIC_PREFIX
        declared = consumed()
        topics = sorted({each.address(prefix=prefix) for each in declared})
        self.stdout.write(f"Taking from {', '.join(topics)}.")
        run_consumer(
            consumed=declared,
            options=client_options("consumer"),
            group=f"{prefix}-platform",
            prefix=prefix,
            session_seconds=settings.KAFKA_SESSION_SECONDS,
            stop=stop,
        )
