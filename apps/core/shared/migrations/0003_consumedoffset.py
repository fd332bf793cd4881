"""How far the partitions of Kafka have been handled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core_shared", "0002_roles_and_outbox")]
    operations = [
        migrations.CreateModel(
            name="ConsumedOffset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("consumer_group", models.TextField()),
                ("topic", models.TextField()),
                ("partition", models.IntegerField()),
                ("next_offset", models.BigIntegerField()),
                ("end_offset", models.BigIntegerField()),
                ("seen_at", models.DateTimeField()),
                ("handled", models.BigIntegerField(default=0)),
                ("repeated", models.BigIntegerField(default=0)),
                ("dead_lettered", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("consumer_group", "topic", "partition"), name="consumed_offset_once"
                    )
                ],
            },
        ),
    ]
