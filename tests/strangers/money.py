"""Prices, fees, payments, disputes and cash shifts."""

from .attempts import MARCH, MARCH_BODY, Attempt

RATE = {"vehicleType": "car", "rates": {"hourly": 1}, "locationId": "$location"}
PREVIEW = {"rates": {"hourly": 1}, "entryTime": "2026-03-01T00:00:00Z", "upToHours": 1}
PAYMENT = {"entryId": "$left", "amount": 20, "currency": "EUR", "method": "cash"}
STAY = {
    "vehicleType": "car",
    "locationId": "$location",
    "entryTime": "2026-03-01T00:00:00Z",
    "exitTime": "2026-03-01T02:00:00Z",
}

TRIES = {
    ("GET", "billing/rates"): [Attempt("billing/rates", 200)],
    ("POST", "billing/rates"): [Attempt("billing/rates", 422, "invalid", RATE)],
    ("GET", "billing/rates/applicable"): [
        Attempt("billing/rates/applicable?vehicleType=car", 404, "no_applicable_rate"),
        Attempt("billing/rates/applicable?vehicleType=car&locationId={location}", 404, "location_not_found"),
        Attempt("billing/rates/applicable?vehicleType=tank-truck", 422, "invalid"),
    ],
    ("GET", "billing/rates/<uuid:rate_id>"): [Attempt("billing/rates/{rate}", 404, "rate_not_found")],
    ("PATCH", "billing/rates/<uuid:rate_id>"): [
        Attempt("billing/rates/{rate}", 404, "rate_not_found", {"rates": {"hourly": 1}})
    ],
    ("POST", "billing/rates/preview"): [
        Attempt("billing/rates/preview", 200, "own", {**PREVIEW, "vehicleType": "car"}),
    ],
    ("POST", "billing/rates/<uuid:rate_id>/activate"): [
        Attempt("billing/rates/{rate}/activate", 404, "rate_not_found", {}),
    ],
    ("POST", "billing/rates/<uuid:rate_id>/simulate"): [
        Attempt("billing/rates/{rate}/simulate", 404, "rate_not_found", MARCH_BODY)
    ],
    ("GET", "billing/simulations"): [
        Attempt("billing/simulations", 200),
        Attempt("billing/simulations?rateId={rate}", 200),
    ],
    ("GET", "billing/simulations/<uuid:simulation_id>"): [
        Attempt("billing/simulations/{simulation}", 404, "simulation_not_found")
    ],
    ("GET", "billing/fees/<uuid:entry_id>"): [Attempt("billing/fees/{left}", 404, "fee_not_found")],
    ("POST", "billing/quotes"): [
        Attempt("billing/quotes", 404, "entry_not_found", {"entryId": "$entry"}),
        Attempt("billing/quotes", 404, "location_not_found", STAY),
    ],
    ("POST", "billing/payments/<uuid:payment_id>/refund"): [
        Attempt("billing/payments/{payment}/refund", 404, "payment_not_found", {"amount": 1, "reason": "x"})
    ],
    ("POST", "billing/payments/<uuid:payment_id>/void"): [
        Attempt("billing/payments/{payment}/void", 404, "payment_not_found", {"reason": "x"})
    ],
    ("GET", "billing/payments"): [
        Attempt("billing/payments", 200),
        Attempt("billing/payments?entryId={left}", 200),
        Attempt("billing/payments?locationId={location}", 200),
    ],
    ("GET", "billing/payments/<uuid:payment_id>"): [Attempt("billing/payments/{payment}", 404, "payment_not_found")],
    ("GET", "billing/stays/<uuid:entry_id>/account"): [Attempt("billing/stays/{left}/account", 404, "entry_not_found")],
    ("GET", "billing/payments/online/<uuid:online_id>"): [
        Attempt("billing/payments/online/{online}", 404, "online_payment_not_found")
    ],
    ("GET", "billing/payments/online/<uuid:online_id>/qr.svg"): [
        Attempt("billing/payments/online/{online}/qr.svg", 404, "online_payment_not_found")
    ],
    ("GET", "billing/takings"): [
        Attempt(f"billing/takings?{MARCH}", 200),
        Attempt("billing/takings?from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&locationId={location}", 200),
    ],
    ("GET", "billing/disputes"): [Attempt("billing/disputes", 200)],
    ("GET", "billing/disputes/<uuid:dispute_id>/evidence.zip"): [
        Attempt("billing/disputes/{dispute}/evidence.zip", 404, "dispute_not_found")
    ],
    ("GET", "billing/reconciliation"): [Attempt("billing/reconciliation", 200, "own")],
    ("POST", "billing/refunds/<uuid:refund_id>/retry"): [
        Attempt("billing/refunds/{refund}/retry", 404, "refund_not_found")
    ],
    ("GET", "billing/payment-rules"): [
        Attempt("billing/payment-rules", 200, "own"),
        Attempt("billing/payment-rules?locationId={location}", 404, "location_not_found"),
    ],
    ("PATCH", "billing/payment-rules"): [
        Attempt("billing/payment-rules?locationId={location}", 404, "location_not_found", {"exitGraceMinutes": 3})
    ],
    ("POST", "billing/shifts"): [
        Attempt("billing/shifts", 404, "location_not_found", {"locationId": "$location", "openingFloat": 1}),
        Attempt("billing/shifts", 404, "shift_not_found", {"fromShiftId": "$counted"}),
    ],
    ("GET", "billing/shifts"): [
        Attempt("billing/shifts", 200),
        Attempt("billing/shifts?locationId={location}", 200),
    ],
    ("GET", "billing/shifts/waiting"): [Attempt("billing/shifts/waiting", 200)],
    ("GET", "billing/shifts/<uuid:shift_id>"): [Attempt("billing/shifts/{shift}", 404, "shift_not_found")],
    ("GET", "billing/shifts/<uuid:shift_id>.pdf"): [Attempt("billing/shifts/{counted}.pdf", 404, "shift_not_found")],
    ("POST", "billing/shifts/<uuid:shift_id>/movements"): [
        Attempt(
            "billing/shifts/{shift}/movements", 404, "shift_not_found", {"kind": "deposit", "amount": 1, "reason": "x"}
        )
    ],
    ("POST", "billing/shifts/<uuid:shift_id>/incidents"): [
        Attempt("billing/shifts/{shift}/incidents", 404, "shift_not_found", {"cause": "manual_open", "reason": "x"})
    ],
    ("POST", "billing/shifts/<uuid:shift_id>/close"): [
        Attempt("billing/shifts/{shift}/close", 404, "shift_not_found", {"counted": 1})
    ],
    ("POST", "billing/shifts/<uuid:shift_id>/recounts"): [
        Attempt("billing/shifts/{counted}/recounts", 404, "shift_not_found", {"counted": 1, "reason": "x"})
    ],
    ("POST", "billing/payments"): [Attempt("billing/payments", 404, "entry_not_found", PAYMENT)],
    ("GET", "billing/reconciliation/unpriced"): [Attempt("billing/reconciliation/unpriced", 200)],
    ("POST", "billing/reconciliation/<uuid:entry_id>/settle"): [
        Attempt("billing/reconciliation/{left}/settle", 404, "entry_not_found", {"amount": 1, "reason": "x"})
    ],
}
