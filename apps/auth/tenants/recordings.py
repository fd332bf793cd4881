"""Running a migration by Django and keeping the SQL that it came to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from apps.auth.models import RecordedMigration
from apps.core import tenancy

from .plan import Plan, Step

Recordings = Mapping[str, list[str]]


def read_recordings(plan: Plan) -> dict[str, list[str]]:
    """The SQL of every step that is recorded and has not been edited since, by its label."""
    hashes = {step.label: step.source_hash for step in plan.steps if step.is_sql}
    with tenancy.public():
        rows = RecordedMigration.objects.values_list("label", "source_hash", "statements")
        return {label: statements for label, source, statements in rows if hashes.get(label) == source}


def run_by_django(*, schema: str, step: Step, plan: Plan, finish: Callable[[set[str]], str]) -> None:
    """Run one step in a schema, in one transaction with the SQL of `finish`, and record it where it can be recorded.

    `finish` is told every statement that was run, without its parameters. A step that declares itself not atomic runs
    outside of a transaction, as it wants to, and that SQL after it.
    """
    statements: list[str] = []
    everything: set[str] = set()

    def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        everything.add(sql)
        return execute(sql, params, many, context)

    with (
        tenancy.schema_and_public(schema),
        connection.execute_wrapper(listen),
        _recording(statements),
        transaction.atomic() if step.migration.atomic else nullcontext(),
    ):
        with connection.schema_editor(atomic=bool(step.migration.atomic)) as editor:
            for one in plan.transitions(step):
                alone = not editor.atomic_migration and one.operation.atomic
                with transaction.atomic() if alone else nullcontext():
                    one.operation.database_forwards(step.migration.app_label, editor, one.before, one.after)
        # not `record_applied`: it looks for the table among those of all schemas, 150 ms where there are a thousand
        MigrationRecorder(connection).migration_qs.create(app=step.migration.app_label, name=step.migration.name)
        with connection.cursor() as cursor:
            cursor.execute(finish(everything))
        if step.is_sql:
            RecordedMigration.objects.update_or_create(
                label=step.label, defaults={"source_hash": step.source_hash, "statements": statements}
            )


def applied_table_sql() -> list[str]:
    """The SQL that makes the table of applied migrations, as Django would."""
    with connection.schema_editor(collect_sql=True) as editor:
        editor.create_model(MigrationRecorder.Migration)
    return list(editor.collected_sql)


@contextmanager
def _recording(statements: list[str]) -> Iterator[None]:
    usual: Any = connection.SchemaEditorClass

    class RecordingEditor(usual):  # type: ignore[misc]
        """Everything that operations execute goes through here; what they only look up does not."""

        def execute(self, sql: Any, params: Any = ()) -> None:
            operations: Any = connection.ops
            text = str(sql) if params is None else operations.compose_sql(str(sql), params)
            statements.append(text)
            super().execute(text, None)

    connection.SchemaEditorClass = RecordingEditor
    try:
        yield
    finally:
        connection.SchemaEditorClass = usual
