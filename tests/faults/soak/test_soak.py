"""Every process and server is killed with SIGKILL at random moments under load, again and again.

`make soak` takes SOAK_ROUNDS=200 of it; the tests a few. SOAK_SEED repeats a run's choices, not its timing.
"""

import logging
import os
import random
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import psycopg

from apps.core.tenancy import TenantRef
from config.launcher.kafka_broker import KafkaBroker
from tests.faults.soak.installation import Installation, installed
from tests.faults.soak.senders import Senders
from tests.faults.soak.subscribed import EFFECTS
from tests.faults.soak.verdict import check, schema_of, wait_until_settled
from tests.faults.soak.visitors import Visitors
from tests.kafka.availability import why_no_broker_of_our_own
from tests.kafka.brokers import Broker

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "9"))  # each victim once
SEED = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10_000))
TENANTS = ("acme", "globex")
SETTLED_EVERY = 25
SLOW_TO_COME = {"database", "web"}


def test_nothing_is_lost_doubled_or_reordered_whatever_is_killed(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    heard.touch()
    why_no_kafka = why_no_broker_of_our_own()
    kafka = None if why_no_kafka else KafkaBroker(tmp_path / "kafka")
    broker = Broker(kafka.bootstrap_servers, is_real=True) if kafka else None
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # it tells of each attempt while the broker is dead
    _say(f"\nseed {SEED}, {ROUNDS} rounds" + (f", without Kafka: {why_no_kafka}" if why_no_kafka else ""))
    with installed(tmp_path / "home", kafka=kafka, SOAK_HEARD=str(heard)) as yard:
        _make_tables(yard)
        killed: Counter[str] = Counter()
        chance = random.Random(SEED)
        with Visitors(port=yard.port, tenants=TENANTS, each=3, seed=SEED) as visitors, ExitStack() as outside:
            sent = {tenant: set[str]() for tenant in TENANTS}
            if broker is not None:
                sent = outside.enter_context(Senders(broker, _yards(yard, visitors))).sent
            for number, victim in enumerate(_victims(list(yard.children), chance), 1):
                time.sleep(chance.uniform(0.1, 1.0))
                _kill(yard, victim, chance)
                killed[victim] += 1
                _say(f"round {number:3}: {victim}")
                if not visitors.is_well:
                    break
                if number % SETTLED_EVERY == 0:
                    yard.wait_until_served()
            yard.wait_until_served()
            time.sleep(1.0)
        wait_until_settled(yard, visitors, sent)
        check(yard, visitors, sent, heard=heard, broker=broker)
        stays = sum(len(known.entered) for known in visitors.known.values())
        over_kafka = sum(len(plates) for plates in sent.values())
        _say(f"{stays} stays and {over_kafka} over Kafka, all accounted for; killed {dict(killed)}")
        assert stays > 5 * ROUNDS
        assert over_kafka or broker is None


def _yards(yard: Installation, visitors: Visitors) -> list[tuple[TenantRef, UUID]]:
    """Where a tenant's vehicles go."""
    with psycopg.connect(yard.database_url) as session:
        rows = session.execute(
            "SELECT id, slug, schema_name, name, currency, timezone FROM identity_tenant WHERE slug = ANY(%s)",
            [list(TENANTS)],
        ).fetchall()
    names = ("id", "slug", "schema", "name", "currency", "timezone")
    tenants = [TenantRef(**dict(zip(names, row, strict=True))) for row in rows]
    return [(tenant, UUID(visitors.yard_of(tenant.slug))) for tenant in tenants]


def _victims(names: list[str], chance: random.Random) -> list[str]:
    """Each as often as the others, in a random order."""
    rounds: list[str] = []
    while len(rounds) < ROUNDS:
        rounds += chance.sample(names, len(names))
    return rounds[:ROUNDS]


def _kill(yard: Installation, victim: str, chance: random.Random) -> None:
    yard.kill(victim)
    time.sleep(chance.uniform(0.0, 1.0))
    yard.bring_back(victim)
    if victim in SLOW_TO_COME:  # killed again before it serves, it would only ever be starting
        yard.wait_until_served()


def _make_tables(yard: Installation) -> None:
    with psycopg.connect(yard.database_url, autocommit=True) as owner:
        for tenant in TENANTS:
            owner.execute(EFFECTS.format(schema_of(owner, tenant)))


def _say(text: str) -> None:
    print(text, flush=True)
