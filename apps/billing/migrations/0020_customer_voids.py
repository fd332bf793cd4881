import django.db.models.deletion
from django.db import migrations, models

TRIGGERS = """
CREATE TRIGGER row_is_final BEFORE UPDATE OR DELETE ON billing_customerpaymentvoid
    FOR EACH ROW EXECUTE FUNCTION public.event_is_final();
CREATE TRIGGER rows_are_final BEFORE TRUNCATE ON billing_customerpaymentvoid
    FOR EACH STATEMENT EXECUTE FUNCTION public.event_is_final();
"""
BACK = """
DROP TRIGGER row_is_final ON billing_customerpaymentvoid;
DROP TRIGGER rows_are_final ON billing_customerpaymentvoid;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0019_invoiced_months"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerPaymentVoid",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="void",
                        serialize=False,
                        to="billing.customerpayment",
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("voided_by", models.UUIDField(blank=True, null=True)),
                ("voided_by_name", models.CharField(blank=True, max_length=200)),
                ("voided_at", models.DateTimeField()),
                (
                    "shift",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customer_voids",
                        to="billing.cashshift",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(TRIGGERS, BACK),
    ]
