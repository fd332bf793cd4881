"""Routes under /api/v1/billing/."""

from django.urls import path

from .activation import ActivateRateView
from .customer_voids import CustomerPaymentVoidView
from .customers import (
    CustomerBalanceView,
    CustomerPaymentsView,
    CustomerStatementView,
    CustomersView,
    CustomerView,
)
from .discount_codes import DiscountCodesView, DiscountCodeView
from .disputes import DisputesView, EvidenceView
from .exports import InvoiceExportView, LedgerExportView
from .fees import FeeView
from .history import HistoryView
from .invoice_documents import InvoiceMailView, InvoicePdfView, InvoiceXmlView
from .invoices import CreditNotesView, InvoicePreviewView, InvoicesView, InvoiceView
from .letterhead import LetterheadView, LogoView
from .merchants import MerchantReportView, MerchantsView, MerchantView, ValidationsView, ValidationView
from .online import OnlinePaymentView, PayCodeView, RetryRefundView, StripeWebhookView
from .paying import PayView
from .payment_rules import PaymentRulesView
from .payments import PaymentsView, PaymentView, ReceiptView, StayAccountView
from .permits import PermitsView, PermitView
from .previews import PreviewView
from .quotes import QuotesView
from .rates import ApplicableRateView, RatesView, RateView
from .receipt_documents import ReceiptMailView, ReceiptPdfView
from .reconciliation import ReconciliationView
from .refunds import RefundView, VoidView
from .shifts import (
    ShiftCloseView,
    ShiftIncidentsView,
    ShiftMovementsView,
    ShiftPdfView,
    ShiftRecountsView,
    ShiftsView,
    ShiftView,
    WaitingDrawersView,
)
from .simulations import SimulateRateView, SimulationsView, SimulationView
from .stay_facts import StayCodesView, StayCodeView, StayFactsView
from .takings import TakingsView
from .unpriced import SettleView, UnpricedStaysView

urlpatterns = [
    path("rates", RatesView.as_view()),
    path("rates/applicable", ApplicableRateView.as_view()),
    path("rates/preview", PreviewView.as_view()),
    path("rates/<uuid:rate_id>", RateView.as_view()),
    path("customers", CustomersView.as_view()),
    path("customers/<uuid:customer_id>", CustomerView.as_view()),
    path("customers/<uuid:customer_id>/balance", CustomerBalanceView.as_view()),
    path("customers/<uuid:customer_id>/statement", CustomerStatementView.as_view()),
    path("customers/<uuid:customer_id>/payments", CustomerPaymentsView.as_view()),
    path("customers/<uuid:customer_id>/payments/<uuid:payment_id>/void", CustomerPaymentVoidView.as_view()),
    path("rates/<uuid:rate_id>/activate", ActivateRateView.as_view()),
    path("rates/<uuid:rate_id>/simulate", SimulateRateView.as_view()),
    path("simulations", SimulationsView.as_view()),
    path("simulations/<uuid:simulation_id>", SimulationView.as_view()),
    path("fees/<uuid:entry_id>", FeeView.as_view()),
    path("stays/<uuid:entry_id>/facts", StayFactsView.as_view()),
    path("stays/<uuid:entry_id>/codes", StayCodesView.as_view()),
    path("stays/<uuid:entry_id>/codes/<str:code>", StayCodeView.as_view()),
    path("discount-codes", DiscountCodesView.as_view()),
    path("discount-codes/<uuid:code_id>", DiscountCodeView.as_view()),
    path("merchants", MerchantsView.as_view()),
    path("merchants/<uuid:merchant_id>", MerchantView.as_view()),
    path("merchants/<uuid:merchant_id>/report", MerchantReportView.as_view()),
    path("validations", ValidationsView.as_view()),
    path("validations/<uuid:validation_id>", ValidationView.as_view()),
    path("permits", PermitsView.as_view()),
    path("permits/<uuid:permit_id>", PermitView.as_view()),
    path("quotes", QuotesView.as_view()),
    path("payments", PaymentsView.as_view()),
    path("payments/<uuid:payment_id>", PaymentView.as_view()),
    path("payments/<uuid:payment_id>/refund", RefundView.as_view()),
    path("payments/<uuid:payment_id>/void", VoidView.as_view()),
    path("reconciliation/unpriced", UnpricedStaysView.as_view()),
    path("reconciliation/<uuid:entry_id>/settle", SettleView.as_view()),
    path("receipts/<str:number>.pdf", ReceiptPdfView.as_view()),
    path("receipts/<str:number>/email", ReceiptMailView.as_view()),
    path("exports/ledger", LedgerExportView.as_view()),
    path("exports/invoices", InvoiceExportView.as_view()),
    path("history", HistoryView.as_view()),
    path("invoices", InvoicesView.as_view()),
    path("invoices/preview", InvoicePreviewView.as_view()),
    path("invoices/<uuid:invoice_id>.pdf", InvoicePdfView.as_view()),
    path("invoices/<uuid:invoice_id>.xml", InvoiceXmlView.as_view()),
    path("invoices/<uuid:invoice_id>", InvoiceView.as_view()),
    path("invoices/<uuid:invoice_id>/credit-notes", CreditNotesView.as_view()),
    path("invoices/<uuid:invoice_id>/email", InvoiceMailView.as_view()),
    path("letterhead", LetterheadView.as_view()),
    path("letterhead/logo", LogoView.as_view()),
    path("payments/online/<uuid:online_id>", OnlinePaymentView.as_view()),
    path("payments/online/<uuid:online_id>/qr.svg", PayCodeView.as_view()),
    path("pay/<str:link>", PayView.as_view()),
    path("takings", TakingsView.as_view()),
    path("payments/webhooks/stripe", StripeWebhookView.as_view()),
    path("refunds/<uuid:refund_id>/retry", RetryRefundView.as_view()),
    path("disputes", DisputesView.as_view()),
    path("disputes/<uuid:dispute_id>/evidence.zip", EvidenceView.as_view()),
    path("reconciliation", ReconciliationView.as_view()),
    path("payment-rules", PaymentRulesView.as_view()),
    path("stays/<uuid:entry_id>/account", StayAccountView.as_view()),
    path("receipts/<str:number>", ReceiptView.as_view()),
    path("shifts", ShiftsView.as_view()),
    path("shifts/waiting", WaitingDrawersView.as_view()),
    path("shifts/<uuid:shift_id>", ShiftView.as_view()),
    path("shifts/<uuid:shift_id>.pdf", ShiftPdfView.as_view()),
    path("shifts/<uuid:shift_id>/movements", ShiftMovementsView.as_view()),
    path("shifts/<uuid:shift_id>/incidents", ShiftIncidentsView.as_view()),
    path("shifts/<uuid:shift_id>/close", ShiftCloseView.as_view()),
    path("shifts/<uuid:shift_id>/recounts", ShiftRecountsView.as_view()),
]
