"""The chart of accounts. A line's `party_id` divides an account: whose cash, which customer's debt."""

from enum import StrEnum
from typing import Final


class Account(StrEnum):
    """What amounts are booked on; a debit is positive, a credit negative.

    Assets and expenses grow by debits, liabilities and revenue by credits. The comment names the `party_id`.
    """

    CASH = "cash"  # the cashier whose drawer it lies in
    SAFE = "safe"  # cash that is in no drawer
    CARD_CLEARING = "card_clearing"
    UPI_CLEARING = "upi_clearing"
    ONLINE_CLEARING = "online_clearing"
    BANK = "bank"
    STAYS_RECEIVABLE = "stays_receivable"
    HAULIER_RECEIVABLE = "haulier_receivable"  # the customer
    PREPAID_LIABILITY = "prepaid_liability"  # the prepaid account
    TAX_PAYABLE = "tax_payable"
    REVENUE_PARKING = "revenue_parking"
    REVENUE_PENALTIES = "revenue_penalties"
    REVENUE_PERMITS = "revenue_permits"
    REVENUE_VALIDATIONS = "revenue_validations"
    DISCOUNTS = "discounts"
    REFUNDS = "refunds"
    REFUNDS_PAYABLE = "refunds_payable"  # given back, and still with the payment provider
    EXPENSES = "expenses"
    CASH_OVER_SHORT = "cash_over_short"
    ROUNDING = "rounding"
    DISPUTED = "disputed"
    CHARGEBACKS = "chargebacks"
    PROVIDER_FEES = "provider_fees"


PAID_INTO: Final = {
    "cash": Account.CASH,
    "card": Account.CARD_CLEARING,
    "upi": Account.UPI_CLEARING,
    "account": Account.HAULIER_RECEIVABLE,
    "online": Account.ONLINE_CLEARING,
    "bank_transfer": Account.BANK,
}
"""The account that a payment of each method lands on; one by account, on that of its customer's kind."""
