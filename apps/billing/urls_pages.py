"""Routes of billing's pages."""

from django.urls import path

from . import invoice_pages, pages, pay_pages, payment_pages, shift_pages

urlpatterns = [
    path("invoices/", invoice_pages.invoices, name="invoices"),
    path("payments/", payment_pages.payments, name="payments"),
    path("pay/<str:link>/", pay_pages.pay, name="pay"),
    path("tariffs/", pages.tariffs, name="tariffs"),
    path("tariffs/new/", pages.new_tariff, name="new-tariff"),
    path("tariffs/<uuid:rate_id>/", pages.tariff, name="tariff"),
    path("tariffs/<uuid:rate_id>/lab/", pages.tariff_lab, name="tariff-lab"),
    path("till/", shift_pages.till, name="till"),
    path("shifts/", shift_pages.shifts, name="shifts"),
]
