"""Each event goes into the outbox, and none is ever changed."""

from django.db import migrations

TRIGGERS = """
CREATE TRIGGER event_to_outbox AFTER INSERT ON core_event FOR EACH ROW EXECUTE FUNCTION public.event_to_outbox();
CREATE TRIGGER event_is_final BEFORE UPDATE OR DELETE ON core_event
    FOR EACH ROW EXECUTE FUNCTION public.event_is_final();
CREATE TRIGGER events_are_final BEFORE TRUNCATE ON core_event
    FOR EACH STATEMENT EXECUTE FUNCTION public.event_is_final();
"""
BACK = """
DROP TRIGGER event_to_outbox ON core_event;
DROP TRIGGER event_is_final ON core_event;
DROP TRIGGER events_are_final ON core_event;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(TRIGGERS, BACK)]
