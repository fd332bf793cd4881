"""Invoices, receipts, exports and the letterhead."""

from .attempts import Attempt

DAYS = "from=2026-01-01&to=2027-01-01"
PERIOD = {"from": "2026-01-01", "to": "2027-01-01"}

TRIES = {
    ("GET", "billing/history"): [
        Attempt(f"billing/history?{DAYS}", 200, "own"),
        Attempt(f"billing/history?{DAYS}&groupBy=location", 200, "own"),
    ],
    ("GET", "billing/exports/ledger"): [Attempt(f"billing/exports/ledger?{DAYS}", 200, "file")],
    ("GET", "billing/exports/invoices"): [Attempt(f"billing/exports/invoices?{DAYS}", 200, "file")],
    ("GET", "billing/invoices"): [Attempt("billing/invoices", 200)],
    ("POST", "billing/invoices"): [
        Attempt("billing/invoices", 404, "customer_not_found", PERIOD | {"customerId": "$customer"}),
        Attempt("billing/invoices", 409, "nothing_to_invoice", PERIOD | {"transportName": "Secret haulier"}),
    ],
    ("GET", "billing/invoices/preview"): [
        Attempt(f"billing/invoices/preview?{DAYS}&customerId={{customer}}", 404, "customer_not_found"),
        Attempt(f"billing/invoices/preview?{DAYS}&transportName=Secret%20haulier", 409, "nothing_to_invoice"),
    ],
    ("GET", "billing/invoices/<uuid:invoice_id>"): [Attempt("billing/invoices/{invoice}", 404, "invoice_not_found")],
    ("GET", "billing/invoices/<uuid:invoice_id>.pdf"): [
        Attempt("billing/invoices/{invoice}.pdf", 404, "invoice_not_found")
    ],
    ("GET", "billing/invoices/<uuid:invoice_id>.xml"): [
        Attempt("billing/invoices/{invoice}.xml", 404, "invoice_not_found")
    ],
    ("POST", "billing/invoices/<uuid:invoice_id>/credit-notes"): [
        Attempt("billing/invoices/{invoice}/credit-notes", 404, "invoice_not_found", {"reason": "x"})
    ],
    ("POST", "billing/invoices/<uuid:invoice_id>/email"): [
        Attempt("billing/invoices/{invoice}/email", 404, "invoice_not_found", {"to": "thief@globex.example"})
    ],
    ("GET", "billing/letterhead"): [Attempt("billing/letterhead", 200, "own")],
    ("PUT", "billing/letterhead"): [Attempt("billing/letterhead", 428, "if_match_required", {"legalName": "x"})],
    ("GET", "billing/letterhead/logo"): [Attempt("billing/letterhead/logo", 404, "no_logo")],
    ("PUT", "billing/letterhead/logo"): [Attempt("billing/letterhead/logo", 428, "if_match_required", {"image": ""})],
    ("DELETE", "billing/letterhead/logo"): [Attempt("billing/letterhead/logo", 428, "if_match_required")],
    ("GET", "billing/receipts/<str:number>.pdf"): [Attempt("billing/receipts/{receipt}.pdf", 404, "receipt_not_found")],
    ("POST", "billing/receipts/<str:number>/email"): [
        Attempt("billing/receipts/{receipt}/email", 404, "receipt_not_found", {"to": "thief@globex.example"})
    ],
    ("GET", "billing/receipts/<str:number>"): [Attempt("billing/receipts/{receipt}", 404, "receipt_not_found")],
}
