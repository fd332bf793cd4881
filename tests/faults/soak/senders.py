"""More load: another system that sends entries over Kafka, each until the broker has acknowledged it."""

import threading
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from kafka.errors import KafkaError

from apps.core import clock
from apps.core.tenancy import TenantRef
from tests.faults.soak.visitors import GIVES_UP_SECONDS
from tests.kafka.brokers import Broker
from tests.kafka.messages import Message, entry_of, send

TOPIC = "parking.commands.v1"
AT_ONCE = 5


class Impatient(Broker):
    """A broker's address for clients that look again soon, instead of ever later, while it is dead."""

    @property
    def client(self) -> dict[str, Any]:
        return {**super().client, "bootstrap_timeout_ms": 3000, "reconnect_backoff_max_ms": 300}


class Senders:
    """A thread for each tenant. What was not acknowledged is sent again, with the same ids: so some come twice."""

    def __init__(self, broker: Broker, yards: list[tuple[TenantRef, UUID]]) -> None:
        self.sent: dict[str, set[str]] = {tenant.slug: set() for tenant, _ in yards}
        self._broker = Impatient(broker.bootstrap_servers, is_real=broker.is_real)
        self._stop = threading.Event()
        self._wrong: list[BaseException] = []
        self._threads = [threading.Thread(target=self._work, args=yard) for yard in yards]

    def __enter__(self) -> "Senders":
        self._broker.make_topic(TOPIC)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._wrong and exc == (None, None, None):
            raise self._wrong[0]

    def _work(self, tenant: TenantRef, yard: UUID) -> None:
        try:
            number = 0
            while not self._stop.wait(0.3):
                plates = [f"K {number + each}" for each in range(AT_ONCE)]
                number += AT_ONCE
                came = (clock.now() - timedelta(minutes=10)).isoformat()
                messages = [entry_of(tenant, yard, plate, entryTime=came) for plate in plates]
                self._insist(messages)
                self.sent[tenant.slug] |= set(plates)
        except BaseException as error:
            self._wrong.append(error)

    def _insist(self, messages: list[Message]) -> None:
        until = time.monotonic() + GIVES_UP_SECONDS
        while True:
            try:
                send(self._broker, TOPIC, messages)
                return
            except (KafkaError, OSError) as error:
                if time.monotonic() > until:
                    raise AssertionError(f"Kafka has not taken it for {GIVES_UP_SECONDS} s") from error
                time.sleep(0.2)
