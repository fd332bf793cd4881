"""Customers, permits, discounts and merchants' validations."""

from .attempts import MARCH, Attempt

SHOP = {"name": "Shop", "facts": {"shopped": True}}
TOPUP = {"amount": 20, "method": "cash", "purpose": "topup"}

TRIES = {
    ("GET", "billing/customers"): [
        Attempt("billing/customers", 200),
        Attempt("billing/customers?q=Secret&active=true", 200),
    ],
    ("POST", "billing/customers"): [
        Attempt("billing/customers", 422, "invalid", {"name": "x", "kind": "credit", "vehicles": ["$customer"]})
    ],
    ("GET", "billing/customers/<uuid:customer_id>"): [
        Attempt("billing/customers/{customer}", 404, "customer_not_found")
    ],
    ("PATCH", "billing/customers/<uuid:customer_id>"): [
        Attempt("billing/customers/{customer}", 404, "customer_not_found", {"active": False})
    ],
    ("GET", "billing/customers/<uuid:customer_id>/balance"): [
        Attempt("billing/customers/{customer}/balance", 404, "customer_not_found")
    ],
    ("GET", "billing/customers/<uuid:customer_id>/statement"): [
        Attempt(f"billing/customers/{{customer}}/statement?{MARCH}", 404, "customer_not_found")
    ],
    ("POST", "billing/customers/<uuid:customer_id>/payments"): [
        Attempt("billing/customers/{customer}/payments", 404, "customer_not_found", TOPUP)
    ],
    ("POST", "billing/customers/<uuid:customer_id>/payments/<uuid:payment_id>/void"): [
        Attempt("billing/customers/{customer}/payments/{paid_in}/void", 404, "payment_not_found", {"reason": "x"})
    ],
    ("PUT", "billing/stays/<uuid:entry_id>/facts"): [
        Attempt("billing/stays/{entry}/facts", 404, "entry_not_found", {"facts": {"blueBadge": True}})
    ],
    ("POST", "billing/stays/<uuid:entry_id>/codes"): [
        Attempt("billing/stays/{entry}/codes", 404, "entry_not_found", {"code": "SECRET-SALE"})
    ],
    ("DELETE", "billing/stays/<uuid:entry_id>/codes/<str:code>"): [
        Attempt("billing/stays/{entry}/codes/SECRET-SALE", 404, "entry_not_found")
    ],
    ("GET", "billing/permits"): [
        Attempt("billing/permits", 200),
        Attempt("billing/permits?customerId={customer}", 200),
    ],
    ("POST", "billing/permits"): [
        Attempt(
            "billing/permits",
            404,
            "customer_not_found",
            {"customerId": "$customer", "vehicles": ["X 1"], "validFrom": "2026-01-01"},
        )
    ],
    ("GET", "billing/permits/<uuid:permit_id>"): [Attempt("billing/permits/{permit}", 404, "permit_not_found")],
    ("PATCH", "billing/permits/<uuid:permit_id>"): [
        Attempt("billing/permits/{permit}", 404, "permit_not_found", {"active": False})
    ],
    ("GET", "billing/discount-codes"): [Attempt("billing/discount-codes", 200)],
    ("POST", "billing/discount-codes"): [
        Attempt("billing/discount-codes", 422, "invalid", {"code": "X", "locations": ["$location"]})
    ],
    ("GET", "billing/discount-codes/<uuid:code_id>"): [
        Attempt("billing/discount-codes/{code}", 404, "unknown_discount_code")
    ],
    ("PATCH", "billing/discount-codes/<uuid:code_id>"): [
        Attempt("billing/discount-codes/{code}", 404, "unknown_discount_code", {"active": False})
    ],
    ("GET", "billing/merchants"): [Attempt("billing/merchants", 200)],
    ("POST", "billing/merchants"): [
        Attempt("billing/merchants", 422, "invalid", SHOP | {"locationId": "$location"}),
        Attempt("billing/merchants", 404, "customer_not_found", SHOP | {"customerId": "$customer"}),
    ],
    ("GET", "billing/merchants/<uuid:merchant_id>"): [
        Attempt("billing/merchants/{merchant}", 404, "merchant_not_found")
    ],
    ("PATCH", "billing/merchants/<uuid:merchant_id>"): [
        Attempt("billing/merchants/{merchant}", 404, "merchant_not_found", {"active": False})
    ],
    ("GET", "billing/merchants/<uuid:merchant_id>/report"): [
        Attempt("billing/merchants/{merchant}/report?month=2026-03", 404, "merchant_not_found")
    ],
    ("POST", "billing/validations"): [
        Attempt("billing/validations", 404, "entry_not_found", {"merchantId": "$merchant", "entryId": "$entry"}),
        Attempt(
            "billing/validations",
            404,
            "entry_not_found",
            {"merchantId": "$merchant", "vehicleNumber": "MH 12 AB 1234"},
        ),
    ],
    ("DELETE", "billing/validations/<uuid:validation_id>"): [
        Attempt("billing/validations/{validation}", 404, "validation_not_found")
    ],
}
