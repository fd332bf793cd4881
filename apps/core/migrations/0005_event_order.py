"""The application's role no longer says which transaction wrote an event, nor its place: both are the database's."""

from django.db import migrations

WHAT_A_PUBLISHER_SAYS = (
    "id, aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at, data, metadata"
)


class Migration(migrations.Migration):
    dependencies = [("core", "0004_audit")]

    operations = [
        migrations.RunSQL(
            f"""
            REVOKE INSERT ON core_event FROM parking_app;
            GRANT INSERT ({WHAT_A_PUBLISHER_SAYS}) ON core_event TO parking_app
            """,
            "GRANT INSERT ON core_event TO parking_app",
        )
    ]
