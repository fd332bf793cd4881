"""Voids and refunds in the projection `revenue`, which is then due to be rebuilt: they were not counted so far."""

from django.db import migrations, models

# `rebuild_projection --if-missing`, which follows each update, takes it for never built.
DUE = "UPDATE core_liveprojection SET rebuilt_at = NULL WHERE name = 'revenue';"


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial"), ("core", "0003_live_projections")]

    operations = [
        migrations.AddField(
            model_name="paymentsum",
            name="refunded",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="paymentsum",
            name="refunds",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="paymentsum",
            name="voided",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="paymentsum",
            name="voids",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(DUE, migrations.RunSQL.noop),
    ]
