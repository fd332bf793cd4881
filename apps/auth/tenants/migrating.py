"""Migrating every tenant's schema: Django runs on the first one that lacks a migration, its SQL on all others."""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, connection

from .bringing_up import bring_up
from .plan import Plan, load_plan
from .recordings import Recordings, read_recordings
from .schemas import alone, list_schemas, read_applied

log = structlog.get_logger(__name__)

THREADS, ROUNDS = 3, 3
_SESSION_SCHEMAS = 100  # a server session keeps what it has seen of each schema, so it is changed now and then

Progress = Callable[[int, int], None]


@dataclass
class Outcome:
    """How many schemas were brought up to date, and why which were not."""

    migrated: int = 0
    failures: dict[str, str] = field(default_factory=dict)


def migrate_schemas(*, progress: Progress = lambda done, total: None) -> Outcome:
    """Bring every schema up to this code's migrations; what is up to date by the registry is not looked at.

    Locks are waited for three seconds, and what failed is tried again, three times in all. Each schema is done in
    transactions together with the registry's note, so a run that was killed is simply run again.
    """
    plan, outcome = load_plan(), Outcome()
    if not list_schemas(but_of_hash=plan.wanted_hash):
        return outcome
    with alone():
        for _ in range(ROUNDS):
            behind = list_schemas(but_of_hash=plan.wanted_hash)
            outcome.failures = {}
            if not behind:
                break
            _migrate(behind, plan, outcome, progress)
    return outcome


def _migrate(behind: list[str], plan: Plan, outcome: Outcome, progress: Progress) -> None:
    applied = read_applied(behind)
    outcome.failures = dict.fromkeys(behind, "the schema, or its table of migrations, is not there")
    for schema, seen in applied.items():
        outcome.failures.pop(schema)
        if unknown := plan.unknown(seen):
            outcome.failures[schema] = f"newer code has migrated it: {', '.join(unknown)}"
    waiting = {schema: seen for schema, seen in applied.items() if schema not in outcome.failures}
    recordings = read_recordings(plan)
    for schema in list(waiting):
        if _all_recorded(plan, waiting[schema], recordings):
            continue
        _attempt(schema, waiting.pop(schema), plan, recordings, outcome)
        progress(outcome.migrated, len(behind))
        recordings = read_recordings(plan)
    _Crew(waiting, plan, recordings, outcome, lambda: progress(outcome.migrated, len(behind))).work()


def _all_recorded(plan: Plan, seen: set[str], recordings: Recordings) -> bool:
    return all(step.label in recordings or not step.is_sql for step in plan.missing(seen))


def _attempt(schema: str, seen: set[str], plan: Plan, recordings: Recordings, outcome: Outcome) -> None:
    try:
        bring_up(schema=schema, applied=seen, plan=plan, recordings=recordings)
        outcome.migrated += 1
    except DatabaseError as error:
        outcome.failures[schema] = str(error).strip()
        log.warning("schema_not_migrated", schema=schema, error=str(error).strip())


class _Crew:
    """Threads that share the schemas, each with a database session of its own."""

    def __init__(
        self,
        waiting: Mapping[str, set[str]],
        plan: Plan,
        recordings: Recordings,
        outcome: Outcome,
        tell: Callable[[], None],
    ) -> None:
        self._queue: queue.SimpleQueue[tuple[str, set[str]]] = queue.SimpleQueue()
        for item in waiting.items():
            self._queue.put(item)
        self._size = min(THREADS, len(waiting))
        self._plan, self._recordings, self._outcome, self._tell = plan, recordings, outcome, tell
        self._told = threading.Lock()
        self._broken: list[BaseException] = []

    def work(self) -> None:
        """Return when every schema was tried. Raises what a thread of it died of."""
        threads = [threading.Thread(target=self._work, name=f"migrating-{n}") for n in range(self._size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._broken:
            raise self._broken[0]

    def _work(self) -> None:
        done = 0
        try:
            while not self._broken:
                schema, seen = self._queue.get_nowait()
                _attempt(schema, seen, self._plan, self._recordings, self._outcome)
                done += 1
                if done % _SESSION_SCHEMAS == 0:
                    connection.close()
                with self._told:
                    self._tell()
        except queue.Empty:
            pass
        except BaseException as error:
            self._broken.append(error)
        finally:
            connection.close()
