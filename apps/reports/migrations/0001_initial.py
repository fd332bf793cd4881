"""The tables of the projections `movements` and `revenue`."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="FeeSum",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "generation",
                        "quarter_hour",
                        "location_id",
                        "vehicle_type",
                        "currency",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("generation", models.IntegerField()),
                ("quarter_hour", models.DateTimeField()),
                ("location_id", models.UUIDField()),
                ("vehicle_type", models.CharField(max_length=40)),
                ("currency", models.CharField(max_length=3)),
                ("charged", models.BigIntegerField(default=0)),
                ("priced_stays", models.BigIntegerField(default=0)),
                ("unpriced_stays", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="MovementCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "generation",
                        "quarter_hour",
                        "location_id",
                        "vehicle_type",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("generation", models.IntegerField()),
                ("quarter_hour", models.DateTimeField()),
                ("location_id", models.UUIDField()),
                ("vehicle_type", models.CharField(max_length=40)),
                ("entries", models.BigIntegerField(default=0)),
                ("exits", models.BigIntegerField(default=0)),
                ("stay_minutes", models.BigIntegerField(default=0)),
                ("overstays", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="PaymentSum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("generation", models.IntegerField()),
                ("quarter_hour", models.DateTimeField()),
                ("location_id", models.UUIDField(null=True)),
                ("vehicle_type", models.CharField(max_length=40, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("method", models.CharField(max_length=7)),
                ("taken", models.BigIntegerField(default=0)),
                ("payments", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "quarter_hour", "location_id", "vehicle_type", "currency", "method"),
                        name="payment_sum_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
