"""How long a tenant keeps persons."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parking", "0002_vehicle_types")]

    operations = [
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("days", models.PositiveIntegerField(null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="retention_rule_one_row")],
            },
        ),
    ]
