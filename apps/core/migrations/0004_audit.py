"""The tenant's audit trail, and the record of what was erased from its events."""

import apps.core.ids
import django.db.models.functions.datetime
from django.db import migrations, models

TABLES = ("core_auditentry", "core_eventredaction")
TRIGGERS = "".join(
    f"""
CREATE TRIGGER row_is_final BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION public.event_is_final();
CREATE TRIGGER rows_are_final BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.event_is_final();
"""
    for table in TABLES
)
BACK = "".join(f"DROP TRIGGER row_is_final ON {table}; DROP TRIGGER rows_are_final ON {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("core", "0003_live_projections")]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("action", models.TextField()),
                ("outcome", models.TextField(choices=[("done", "Done"), ("read", "Read"), ("refused", "Refused")])),
                ("code", models.TextField(blank=True, db_default="")),
                ("times", models.BigIntegerField(db_default=1)),
                ("subject_type", models.TextField(blank=True)),
                ("subject_id", models.TextField(blank=True)),
                ("actor_kind", models.TextField()),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_name", models.TextField(blank=True)),
                ("session_id", models.UUIDField(null=True)),
                ("support_id", models.UUIDField(null=True)),
                ("address", models.TextField(blank=True)),
                ("client", models.TextField(blank=True)),
                ("correlation_id", models.TextField(blank=True)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["subject_id", "id"], name="audit_subject"),
                    models.Index(fields=["actor_id", "id"], name="audit_actor"),
                    models.Index(fields=["action", "id"], name="audit_action"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventRedaction",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(unique=True)),
                ("erasure_id", models.UUIDField()),
                ("redacted_at", models.DateTimeField()),
                ("redacted_by", models.TextField()),
                ("digest_before", models.BinaryField()),
                ("digest_after", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
        ),
        migrations.RunSQL(TRIGGERS, BACK),
    ]
