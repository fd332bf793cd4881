"""Relays are killed with SIGKILL while events are published: none is lost or reordered, every effect happens once."""

import os
import random
import threading
from collections import Counter, defaultdict

import msgspec
import pytest
from django.db import connection, transaction

from apps.core import tenancy
from apps.core.events.sealing import verify_events
from apps.core.ids import new_id
from apps.core.models import Event
from apps.core.redis_client import client
from apps.core.shared.models import Delivery
from tests import databases
from tests.events.relays import note, outbox_is_empty, wait_for
from tests.faults.relay_processes import RelayProcesses
from tests.faults.subscribed import HEARD

pytestmark = pytest.mark.usefixtures("own_database")
SEED = int(os.environ.get("FAULTS_SEED", "7"))
SECONDS = float(os.environ.get("FAULTS_SECONDS", "10"))
EFFECTS = """
CREATE TABLE {0}.core_effect (id bigserial PRIMARY KEY, event_id uuid, aggregate_id uuid, version bigint);
GRANT ALL ON {0}.core_effect, {0}.core_effect_id_seq TO parking_app
"""


class Publishing:
    """Threads that publish in both tenants until told to stop; one of them commits late each time."""

    def __init__(self, tenants):
        self._stop = threading.Event()
        writers = [(tenant, pause) for tenant in tenants for pause in (0.0, 0.3)]
        self.published = [Counter() for _ in writers]
        self._threads = [
            threading.Thread(target=self._work, args=(number, *writer)) for number, writer in enumerate(writers)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number, tenant, late_seconds):
        chance = random.Random(SEED + number)
        aggregates = [new_id() for _ in range(12)]
        try:
            with tenancy.enter(tenant):
                while not self._stop.wait(0.01):
                    with transaction.atomic():
                        for aggregate in chance.choices(aggregates, k=3):
                            note("x", aggregate=aggregate)
                            self.published[number][aggregate] += 1
                        self._stop.wait(late_seconds)
        finally:
            connection.close()


def test_nothing_is_lost_doubled_or_reordered(acme, globex, tmp_path):
    for tenant in (acme, globex):
        databases.as_owner(EFFECTS.format(tenant.schema))
    chance = random.Random(SEED)
    with RelayProcesses(2, log=tmp_path / "relays.log") as relays:
        with Publishing((acme, globex)) as publishing:
            relays.kill_at_random(chance, seconds=SECONDS, pauses=(0.2, 1.6))
        wait_for(all_is_delivered, seconds=40)
    published = sum(publishing.published, Counter())
    assert published.total() > 300
    assert relays.killed >= 6

    heard = defaultdict(list)
    for line in client().lrange(HEARD, 0, -1):
        slug, aggregate, version, _ = msgspec.json.decode(line)
        heard[slug, aggregate].append(version)
    stored = happened = 0
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            verified = verify_events()
            assert verified.flaw is None
            assert verified.events == Event.objects.count()
            stored += verified.events
            for aggregate, versions in effects().items():
                happened += len(versions)
                assert versions == list(range(1, published[aggregate] + 1))
                assert first_times(heard[tenant.slug, str(aggregate)]) == versions
    assert stored == happened == published.total()
    assert len(heard) == len(published)


def effects():
    """The versions of each aggregate, in the order in which their effects happened."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute("SELECT aggregate_id, version FROM core_effect ORDER BY id")
        for aggregate, version in cursor.fetchall():
            found[aggregate].append(version)
    assert found
    return found


def first_times(versions):
    return list(dict.fromkeys(versions))


def all_is_delivered():
    with tenancy.public():
        return outbox_is_empty() and not Delivery.objects.exists()
