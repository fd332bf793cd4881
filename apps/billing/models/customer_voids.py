"""Payments of customers that were undone."""

from django.db import models

from .customers import CustomerPayment
from .shifts import CashShift


class CustomerPaymentVoid(models.Model):
    """That a customer's payment was undone at `voided_at` (UTC): all of it, once. Its receipt keeps its number.

    Cash that left a drawer is of the `shift` that was open there. Append-only, by trigger.
    """

    payment = models.OneToOneField(CustomerPayment, on_delete=models.PROTECT, primary_key=True, related_name="void")
    reason = models.CharField(max_length=200)
    voided_by = models.UUIDField(null=True, blank=True)
    voided_by_name = models.CharField(max_length=200, blank=True)
    voided_at = models.DateTimeField()
    shift = models.ForeignKey(CashShift, on_delete=models.PROTECT, null=True, related_name="customer_voids")

    def __str__(self) -> str:
        return f"void of {self.payment_id}"
