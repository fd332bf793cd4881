"""Support sessions."""

import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_roles_and_keys")]

    operations = [
        migrations.AlterField(
            model_name="signinsession",
            name="kind",
            field=models.CharField(
                choices=[("token", "Token"), ("page", "Page"), ("support", "Support")],
                db_default="token",
                default="token",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="SupportSession",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("sign_in_id", models.UUIDField(unique=True)),
                ("reason", models.CharField(max_length=200)),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="support_sessions",
                        to="identity.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="support_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="support_has_a_reason"
                    )
                ],
                "indexes": [models.Index(fields=["tenant", "id"], name="support_by_tenant")],
            },
        ),
    ]
