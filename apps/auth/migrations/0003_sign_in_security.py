import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

import apps.core.ids


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_tenant_life")]

    operations = [
        migrations.AddField(
            "signinsession",
            "kind",
            models.CharField(
                choices=[("token", "Token"), ("page", "Page")], db_default="token", default="token", max_length=10
            ),
        ),
        migrations.AddField("signinsession", "spent_jti", models.UUIDField(null=True)),
        migrations.AddField(
            "signinsession", "retry_digest", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddField("signinsession", "last_used_at", models.DateTimeField(db_default=Now())),
        migrations.AddField("signinsession", "end_untold", models.BooleanField(db_default=False, default=False)),
        migrations.AddField(
            "signinsession", "address", models.CharField(blank=True, db_default="", default="", max_length=45)
        ),
        migrations.AddField(
            "signinsession", "network", models.CharField(blank=True, db_default="", default="", max_length=49)
        ),
        migrations.AddField(
            "signinsession", "client", models.CharField(blank=True, db_default="", default="", max_length=200)
        ),
        migrations.AddIndex(
            "signinsession",
            models.Index(condition=models.Q(("end_untold", True)), fields=["id"], name="sign_in_end_untold"),
        ),
        migrations.AddIndex("signinsession", models.Index(fields=["expires_at"], name="sign_in_expires")),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("kid", models.CharField(max_length=43, primary_key=True, serialize=False)),
                ("public_key", models.BinaryField()),
                ("sealed_private_key", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("signs_from", models.DateTimeField()),
                ("verifies_until", models.DateTimeField(null=True)),
            ],
            options={"ordering": ["signs_from", "kid"]},
        ),
        migrations.CreateModel(
            name="SecurityRuleSet",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="security_rules",
                        serialize=False,
                        to="identity.tenant",
                    ),
                ),
                ("rules", models.JSONField()),
                ("version", models.IntegerField()),
                ("changed_at", models.DateTimeField(db_default=Now())),
            ],
        ),
        migrations.CreateModel(
            name="SecurityRuleChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="security_rule_changes",
                        to="identity.tenant",
                    ),
                ),
                ("version", models.IntegerField()),
                ("changed_at", models.DateTimeField()),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_kind", models.CharField(max_length=20)),
                ("actor_name", models.CharField(max_length=254)),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("tenant", "version"), name="security_rule_change_once")]
            },
        ),
    ]
