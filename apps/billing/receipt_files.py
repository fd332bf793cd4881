"""A receipt on paper by its number, whatever was paid: a stay, or a customer's account or invoice."""

from .customer_queries import find_customer_payment
from .documents.customer_receipt import customer_receipt_pdf
from .documents.receipt import receipt_pdf
from .queries import get_receipt


def require_receipt(*, number: str) -> None:
    """Raises ReceiptNotFound where no payment has this number."""
    if find_customer_payment(receipt_number=number) is None:
        get_receipt(number=number)


def receipt_file(*, number: str, roll: bool) -> bytes:
    """The PDF, A4 or for a `roll` of 80 mm. Raises ReceiptNotFound."""
    payment = find_customer_payment(receipt_number=number)
    if payment is not None:
        return customer_receipt_pdf(payment, roll=roll)
    return receipt_pdf(get_receipt(number=number), roll=roll)
