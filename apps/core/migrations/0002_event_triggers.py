"""Each event goes into the outbox, and none is ever changed."""

from django.db import migrations

TRIGGERS = """
CREATE TRIGGER event_to_outbox AFTER INSERT ON core_event FOR EACH ROW EXECUTE FUNCTION public.event_to_outbox();
""" + "".join(
    f"""
CREATE TRIGGER row_is_final BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION public.event_is_final();
CREATE TRIGGER rows_are_final BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.event_is_final();
"""
    for table in ("core_event", "core_eventseal")
)
BACK = "DROP TRIGGER event_to_outbox ON core_event;" + "".join(
    f"DROP TRIGGER row_is_final ON {table}; DROP TRIGGER rows_are_final ON {table};"
    for table in ("core_event", "core_eventseal")
)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(TRIGGERS, BACK)]
