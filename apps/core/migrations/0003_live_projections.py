"""Which generation of each projection is live, and the store's reading order as an index."""

import apps.core.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_event_triggers")]

    operations = [
        migrations.CreateModel(
            name="LiveProjection",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("generation", models.IntegerField(db_default=0, default=0)),
                ("tx_id", apps.core.models.TransactionId(null=True)),
                ("position", models.BigIntegerField(null=True)),
                ("rebuilt_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["tx_id", "position"], name="event_settled"),
        ),
    ]
