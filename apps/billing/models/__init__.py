"""What stays cost and what was paid for them; one set in each tenant's schema."""

from .customer_voids import CustomerPaymentVoid
from .customers import AccountCharge, Customer, CustomerKind, CustomerPayment, CustomerVehicle
from .discounts import CodeUse, DiscountCode, Merchant, Validation
from .invoices import DocumentSequence, Invoice, InvoicedCharge, InvoicedStay
from .ledger import LedgerEntry, LedgerTransaction
from .letterhead import LetterheadSetting, Logo
from .mails import DocumentMail
from .online import Dispute, HeardEvent, OnlinePayment, OnlineStatus, RefundSending, SendingStatus
from .payment_rules import PaymentRules
from .payments import Method, Payment, ReceiptSequence
from .permits import Permit, PermitClaim, PermitVehicle
from .rates import RateStatus, RateStructure
from .refunds import Refund, RefundKind
from .settlements import Settlement
from .shift_records import IncidentCause, MovementKind, ShiftIncident, ShiftMovement, ShiftRecount
from .shifts import CashShift, ShiftPayment, ShiftStatus
from .simulations import SimulationStatus, TariffSimulation
from .stay_fees import StayFee
from .tariff_plans import TariffPlan

__all__ = [
    "AccountCharge",
    "CashShift",
    "CodeUse",
    "Customer",
    "CustomerKind",
    "CustomerPayment",
    "CustomerPaymentVoid",
    "CustomerVehicle",
    "DiscountCode",
    "Dispute",
    "DocumentMail",
    "DocumentSequence",
    "HeardEvent",
    "IncidentCause",
    "Invoice",
    "InvoicedCharge",
    "InvoicedStay",
    "LedgerEntry",
    "LedgerTransaction",
    "LetterheadSetting",
    "Logo",
    "Merchant",
    "Method",
    "MovementKind",
    "OnlinePayment",
    "OnlineStatus",
    "Payment",
    "PaymentRules",
    "Permit",
    "PermitClaim",
    "PermitVehicle",
    "RateStatus",
    "RateStructure",
    "ReceiptSequence",
    "Refund",
    "RefundKind",
    "RefundSending",
    "SendingStatus",
    "Settlement",
    "ShiftIncident",
    "ShiftMovement",
    "ShiftPayment",
    "ShiftRecount",
    "ShiftStatus",
    "SimulationStatus",
    "StayFee",
    "TariffPlan",
    "TariffSimulation",
    "Validation",
]
