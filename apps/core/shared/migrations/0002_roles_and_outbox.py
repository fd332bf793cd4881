"""The application's role, the extensions, and the function that puts each event into the outbox."""

from django.db import migrations

# The role may hold rows, not tables: provisioning and migrating run as the owner.
APP_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parking_app') THEN CREATE ROLE parking_app NOLOGIN; END IF;
END $$
"""

EXTENSIONS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
"""

# Eight shards: how many relays can share the work (apps.core.events.shards).
# A trigger, so that nothing can write an event past the outbox. It fires after the unique check on
# (aggregate_id, aggregate_version), so an aggregate's outbox positions rise as its versions do.
FUNCTIONS = """
CREATE FUNCTION public.event_to_outbox() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.core_shared_eventoutbox (shard, tenant_schema, event_position, event_id, aggregate_type,
        aggregate_id, aggregate_version, type, schema_version, occurred_at, data, metadata)
    VALUES (hashtext(TG_TABLE_SCHEMA) & 7, TG_TABLE_SCHEMA, NEW.position, NEW.id, NEW.aggregate_type,
        NEW.aggregate_id, NEW.aggregate_version, NEW.type, NEW.schema_version, NEW.occurred_at, NEW.data,
        NEW.metadata);
    RETURN NULL;
END $$;
CREATE FUNCTION public.event_is_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core_shared", "0001_initial")]
    operations = [
        migrations.RunSQL(APP_ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(EXTENSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION public.event_to_outbox(); DROP FUNCTION public.event_is_final();"),
    ]
