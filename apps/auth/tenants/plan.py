"""Which migrations a tenant's schema should have seen, in their order, and how each can be run."""

import copy
import hashlib
import inspect
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import django
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


@dataclass(frozen=True)
class Transition:
    """An operation with the models' state before and after it."""

    operation: Operation
    before: ProjectState
    after: ProjectState


@dataclass(frozen=True)
class Step:
    """A migration of the tenants' apps. `label` is like `parking.0001_initial`."""

    label: str
    migration: Migration

    @cached_property
    def is_sql(self) -> bool:
        """Whether its SQL is the same in every schema, so that it can be run again without Django."""
        return bool(self.migration.atomic) and all(_reduces_to_sql(one) for one in self.migration.operations)

    @cached_property
    def source_hash(self) -> str:
        """Changes when the migration is edited, and with Django's version, which might write other SQL for it."""
        source = inspect.getsource(sys.modules[type(self.migration).__module__])
        return hashlib.sha256(f"{django.__version__}\n{source}".encode()).hexdigest()


class Plan:
    """The migrations of the tenants' apps as this code has them."""

    def __init__(self, loader: MigrationLoader) -> None:
        self._loader = loader
        labels = tenant_app_labels()
        nodes = [node for leaf in sorted(loader.graph.leaf_nodes()) for node in loader.graph.forwards_plan(leaf)]
        self._whole = [loader.graph.nodes[node] for node in dict.fromkeys(nodes)]
        self.steps = tuple(Step(_label(one), one) for one in self._whole if one.app_label in labels)
        self.wanted_hash = hash_of(step.label for step in self.steps)
        self._transitions: dict[str, list[Transition]] = {}

    def up_to(self, labels: Collection[str]) -> "Plan":
        """The same with these migrations alone: for a schema as older code had it."""
        older = copy.copy(self)
        older.steps = tuple(step for step in self.steps if step.label in labels)
        older.wanted_hash = hash_of(step.label for step in older.steps)
        return older

    def missing(self, applied: Collection[str]) -> list[Step]:
        """What a schema that has seen these migrations still lacks, in the order to run it."""
        return [step for step in self.steps if step.label not in applied]

    def unknown(self, applied: Iterable[str]) -> list[str]:
        """Those of a tenant's migrations that this code does not have: newer code ran them."""
        known = {step.label for step in self.steps}
        return sorted(label for label in applied if label not in known)

    def transitions(self, step: Step) -> list[Transition]:
        """The operations of a step with the models' states around them; made once, for rendering models is slow."""
        if step.label not in self._transitions:
            self._walk_from(step)
        return self._transitions[step.label]

    def _walk_from(self, first: Step) -> None:
        """Note the transitions of a step and of all that follow it, which a schema that lacks it lacks as well."""
        ours = {step.label for step in self.steps}
        state, reached = ProjectState(real_apps=self._loader.unmigrated_apps), False
        for migration in self._whole:
            label = _label(migration)
            reached = reached or label == first.label
            if not reached:
                migration.mutate_state(state, preserve=False)
                continue
            _ = state.apps  # rendered here, it is carried along by each operation instead of being made for each anew
            kept = []
            for operation in migration.operations:
                before = state.clone()
                operation.state_forwards(migration.app_label, state)
                kept.append(Transition(operation, before, state.clone()))
            if label in ours:
                self._transitions[label] = kept


@lru_cache(maxsize=1)
def load_plan() -> Plan:
    """The plan of this process's code."""
    return Plan(MigrationLoader(None))


def tenant_app_labels() -> frozenset[str]:
    """The labels of the apps whose tables lie in each tenant's schema."""
    return frozenset(app.rsplit(".", 1)[-1] for app in settings.TENANT_APPS)


def hash_of(labels: Iterable[str]) -> str:
    """A fingerprint of a set of migrations."""
    return hashlib.sha256("\n".join(sorted(labels)).encode()).hexdigest()


def _label(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"


def _reduces_to_sql(operation: Any) -> bool:
    parts = getattr(operation, "database_operations", ())  # of SeparateDatabaseAndState, which says True for itself
    return bool(operation.reduces_to_sql) and all(_reduces_to_sql(part) for part in parts)
