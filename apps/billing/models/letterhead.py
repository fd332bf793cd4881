"""What stands at the head of a tenant's documents."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Logo(models.Model):
    """An image under the SHA-256 of its bytes. Never changed or deleted: documents that were issued name it."""

    digest = models.CharField(max_length=64, primary_key=True)
    media_type = models.CharField(max_length=10)
    image = models.BinaryField()
    uploaded_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.digest[:12]


class LetterheadSetting(models.Model):
    """Who issues the tenant's documents: one row, and none before the tenant has said it. `version` counts changes.

    `address` is street and number, line by line; `country` ISO 3166-1 alpha-2. `exemption_reason` is why no tax is
    charged where a rate is 0, for an exempt business. `monthly_tax` is what prices by the month
    contain of it, by date (`invoicing/monthly_tax.py`).
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    legal_name = models.CharField(max_length=200)
    address = models.CharField(max_length=400, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    registration = models.CharField(max_length=100, blank=True)
    bank_name = models.CharField(max_length=100, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    payment_days = models.PositiveSmallIntegerField(default=14)
    language = models.CharField(max_length=10, default="en")
    footer = models.CharField(max_length=500, blank=True)
    exemption_reason = models.CharField(max_length=200, blank=True)
    monthly_tax = models.JSONField(default=list, blank=True, db_default=[])
    logo = models.ForeignKey(Logo, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="letterhead_one_row")]

    def __str__(self) -> str:
        return self.legal_name
