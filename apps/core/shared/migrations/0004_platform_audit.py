"""The platform's audit trail, and what an append-only table lets pass: the erasure of personal fields of an event."""

import apps.core.ids
import django.db.models.functions.datetime
from django.db import migrations, models

# The fields of events that may hold personal data. `apps.parking.personal_data.declared` names the same ones.
REDACTED = """
CREATE FUNCTION public.event_redacted(data jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT data || coalesce(
        (SELECT jsonb_object_agg(key, '(erased)'::text) FROM jsonb_object_keys(data) key
         WHERE key IN ('vehicleNumber', 'driverName', 'driverPhone', 'transportName', 'notes')), '{}')
$$;
"""

# A redaction is recorded first. Then nothing but what public.event_redacted changes may differ, whoever asks.
FINAL_BUT_REDACTED = """
CREATE OR REPLACE FUNCTION public.event_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE recorded boolean := false;
BEGIN
    IF TG_TABLE_NAME = 'core_event' AND TG_OP = 'UPDATE' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.core_eventredaction WHERE event_id = $1)', TG_TABLE_SCHEMA)
            INTO recorded USING OLD.id;
        IF recorded AND NEW.data = public.event_redacted(OLD.data) AND NEW.metadata = OLD.metadata - 'salt'
            AND to_jsonb(NEW) - 'data' - 'metadata' = to_jsonb(OLD) - 'data' - 'metadata' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
FINAL = """
CREATE OR REPLACE FUNCTION public.event_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
TRIGGERS = """
CREATE TRIGGER row_is_final BEFORE UPDATE OR DELETE ON public.core_shared_platformaudit
    FOR EACH ROW EXECUTE FUNCTION public.event_is_final();
CREATE TRIGGER rows_are_final BEFORE TRUNCATE ON public.core_shared_platformaudit
    FOR EACH STATEMENT EXECUTE FUNCTION public.event_is_final();
"""
BACK = """
DROP TRIGGER row_is_final ON public.core_shared_platformaudit;
DROP TRIGGER rows_are_final ON public.core_shared_platformaudit;
"""


class Migration(migrations.Migration):
    dependencies = [("core_shared", "0003_consumedoffset")]

    operations = [
        migrations.CreateModel(
            name="PlatformAudit",
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
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["subject_id", "id"], name="platform_audit_subject"),
                    models.Index(fields=["actor_id", "id"], name="platform_audit_actor"),
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, BACK),
        migrations.RunSQL(REDACTED, "DROP FUNCTION public.event_redacted(jsonb);"),
        migrations.RunSQL(FINAL_BUT_REDACTED, FINAL),
    ]
