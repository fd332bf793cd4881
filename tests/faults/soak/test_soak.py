"""Every process and server is killed with SIGKILL at random moments under load, again and again.

`make soak` takes SOAK_ROUNDS=200 of it; the tests a few. SOAK_SEED repeats a run's choices, not its timing.
"""

import os
import random
import time
from collections import Counter
from pathlib import Path

import psycopg

from tests.faults.soak.installation import Installation, installed
from tests.faults.soak.subscribed import EFFECTS
from tests.faults.soak.verdict import check, schema_of, wait_until_settled
from tests.faults.soak.visitors import Visitors

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "8"))
SEED = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10_000))
TENANTS = ("acme", "globex")
SETTLED_EVERY = 25
SLOW_TO_COME = {"database", "kafka", "web"}


def test_nothing_is_lost_doubled_or_reordered_whatever_is_killed(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    heard.touch()
    print(f"\nseed {SEED}, {ROUNDS} rounds", flush=True)
    with installed(tmp_path / "home", SOAK_HEARD=str(heard)) as yard:
        _make_tables(yard)
        killed: Counter[str] = Counter()
        chance = random.Random(SEED)
        with Visitors(port=yard.port, tenants=TENANTS, each=3, seed=SEED) as visitors:
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
        wait_until_settled(yard, visitors)
        check(yard, visitors, heard=heard)
        stays = sum(len(known.entered) for known in visitors.known.values())
        _say(f"{stays} stays, all accounted for; killed {dict(killed)}")
        assert stays > 5 * ROUNDS


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
