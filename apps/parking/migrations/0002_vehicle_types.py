"""The vehicle types that every tenant starts with, and room in the busiest row's page for its next versions."""

from django.db import migrations

DEFAULTS = """
INSERT INTO parking_vehicletype (code, name, rank) VALUES
    ('motorcycle', 'Motorcycle', 10), ('car', 'Car', 20), ('van', 'Van', 30),
    ('bus', 'Bus', 40), ('truck', 'Truck', 50), ('trailer', 'Trailer', 60)
"""
ROOM = "ALTER TABLE parking_occupancy SET (fillfactor = 20)"


class Migration(migrations.Migration):
    dependencies = [("parking", "0001_initial")]
    operations = [
        migrations.RunSQL(DEFAULTS, "DELETE FROM parking_vehicletype"),
        migrations.RunSQL(ROOM, "ALTER TABLE parking_occupancy RESET (fillfactor)"),
    ]
