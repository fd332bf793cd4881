"""The served OpenAPI document names every refusal of billing's calls."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

REFUSALS = {
    ("get", "rates"): {"401", "403", "422"},
    ("post", "rates"): {"400", "401", "403", "409", "422"},
    ("get", "rates/applicable"): {"401", "403", "404", "422"},
    ("get", "rates/{rate_id}"): {"401", "403", "404", "422"},
    ("patch", "rates/{rate_id}"): {"400", "401", "403", "404", "409", "412", "422", "428"},
    ("post", "rates/preview"): {"400", "401", "403", "422"},
    ("post", "rates/{rate_id}/activate"): {"400", "401", "403", "404", "409", "412", "422", "428"},
    ("post", "rates/{rate_id}/simulate"): {"400", "401", "403", "404", "409", "422"},
    ("get", "simulations"): {"401", "403", "422"},
    ("get", "simulations/{simulation_id}"): {"401", "403", "404"},
    ("get", "fees/{entry_id}"): {"401", "403", "404"},
    ("post", "quotes"): {"400", "401", "403", "404", "409", "422"},
    ("get", "payments"): {"401", "403", "422"},
    ("get", "payments/{payment_id}"): {"401", "403", "404"},
    ("get", "stays/{entry_id}/account"): {"401", "403", "404"},
    ("get", "payments/online/{online_id}"): {"401", "403", "404"},
    ("get", "payments/online/{online_id}/qr.svg"): {"401", "403", "404"},
    ("get", "pay/{link}"): {"404"},
    ("get", "takings"): {"401", "403", "422"},
    ("post", "payments/webhooks/stripe"): {"400", "403", "404"},
    ("post", "refunds/{refund_id}/retry"): {"401", "403", "404", "409"},
    ("get", "disputes"): {"401", "403", "422"},
    ("get", "disputes/{dispute_id}/evidence.zip"): {"401", "403", "404"},
    ("get", "reconciliation"): {"401", "403"},
    ("get", "payment-rules"): {"401", "403", "404", "422"},
    ("patch", "payment-rules"): {"400", "401", "403", "404", "412", "422", "428"},
    ("post", "payments"): {"400", "401", "403", "404", "409", "422"},
    ("post", "payments/{payment_id}/refund"): {"400", "401", "403", "404", "409", "422"},
    ("post", "payments/{payment_id}/void"): {"400", "401", "403", "404", "409", "422"},
    ("get", "receipts/{number}"): {"401", "403", "404"},
    ("put", "stays/{entry_id}/facts"): {"400", "401", "403", "404", "409", "422"},
    ("post", "stays/{entry_id}/codes"): {"400", "401", "403", "404", "409", "422"},
    ("delete", "stays/{entry_id}/codes/{code}"): {"401", "403", "404", "409"},
    ("get", "permits"): {"401", "403", "422"},
    ("post", "permits"): {"400", "401", "403", "404", "422"},
    ("get", "permits/{permit_id}"): {"401", "403", "404"},
    ("patch", "permits/{permit_id}"): {"400", "401", "403", "404", "412", "422", "428"},
    ("get", "discount-codes"): {"401", "403", "422"},
    ("post", "discount-codes"): {"400", "401", "403", "409", "422"},
    ("get", "discount-codes/{code_id}"): {"401", "403", "404"},
    ("patch", "discount-codes/{code_id}"): {"400", "401", "403", "404", "412", "422", "428"},
    ("get", "merchants"): {"401", "403", "422"},
    ("post", "merchants"): {"400", "401", "403", "404", "422"},
    ("get", "merchants/{merchant_id}"): {"401", "403", "404"},
    ("patch", "merchants/{merchant_id}"): {"400", "401", "403", "404", "412", "422", "428"},
    ("get", "merchants/{merchant_id}/report"): {"401", "403", "404", "422"},
    ("post", "validations"): {"400", "401", "403", "404", "409", "422"},
    ("delete", "validations/{validation_id}"): {"401", "403", "404", "409"},
    ("get", "customers"): {"401", "403", "422"},
    ("post", "customers"): {"400", "401", "403", "422"},
    ("get", "customers/{customer_id}"): {"401", "403", "404"},
    ("patch", "customers/{customer_id}"): {"400", "401", "403", "404", "412", "422", "428"},
    ("get", "customers/{customer_id}/balance"): {"401", "403", "404"},
    ("get", "customers/{customer_id}/statement"): {"401", "403", "404", "422"},
    ("post", "customers/{customer_id}/payments"): {"400", "401", "403", "404", "409", "422"},
    ("post", "customers/{customer_id}/payments/{payment_id}/void"): {"400", "401", "403", "404", "409", "422"},
    ("get", "shifts"): {"401", "403", "422"},
    ("post", "shifts"): {"400", "401", "403", "404", "409", "422"},
    ("get", "shifts/waiting"): {"401", "403"},
    ("get", "shifts/{shift_id}"): {"401", "403", "404"},
    ("get", "shifts/{shift_id}.pdf"): {"401", "403", "404", "409", "422"},
    ("post", "shifts/{shift_id}/movements"): {"400", "401", "403", "404", "409", "422"},
    ("post", "shifts/{shift_id}/incidents"): {"400", "401", "403", "404", "409", "422"},
    ("post", "shifts/{shift_id}/close"): {"400", "401", "403", "404", "409", "422"},
    ("post", "shifts/{shift_id}/recounts"): {"400", "401", "403", "404", "409", "422"},
    ("get", "receipts/{number}.pdf"): {"401", "403", "404", "422"},
    ("post", "receipts/{number}/email"): {"400", "401", "403", "404", "422"},
    ("get", "history"): {"401", "403", "422"},
    ("get", "exports/ledger"): {"401", "403", "422"},
    ("get", "exports/invoices"): {"401", "403", "422"},
    ("get", "invoices"): {"401", "403", "422"},
    ("post", "invoices"): {"400", "401", "403", "404", "409", "422"},
    ("get", "invoices/preview"): {"401", "403", "404", "409", "422"},
    ("get", "invoices/{invoice_id}"): {"401", "403", "404"},
    ("get", "invoices/{invoice_id}.pdf"): {"401", "403", "404"},
    ("get", "invoices/{invoice_id}.xml"): {"401", "403", "404", "409"},
    ("post", "invoices/{invoice_id}/credit-notes"): {"400", "401", "403", "404", "409", "422"},
    ("post", "invoices/{invoice_id}/email"): {"400", "401", "403", "404", "422"},
    ("get", "reconciliation/unpriced"): {"401", "403", "422"},
    ("post", "reconciliation/{entry_id}/settle"): {"400", "401", "403", "404", "409", "422"},
    ("get", "letterhead"): {"401", "403"},
    ("put", "letterhead"): {"400", "401", "403", "412", "422", "428"},
    ("get", "letterhead/logo"): {"401", "403", "404"},
    ("put", "letterhead/logo"): {"400", "401", "403", "412", "422", "428"},
    ("delete", "letterhead/logo"): {"401", "403", "412", "422", "428"},
}
ANSWERS = {
    ("post", "shifts/{shift_id}/close"): {"200"},
    ("post", "quotes"): {"200"},
    ("post", "rates/preview"): {"200"},
    ("post", "rates/{rate_id}/activate"): {"200"},
    ("post", "rates/{rate_id}/simulate"): {"201", "202"},
    ("post", "payments"): {"201", "202"},
    ("post", "payments/webhooks/stripe"): {"200"},
    ("post", "refunds/{refund_id}/retry"): {"202"},
}
OF_EVERY_CALL = {"413", "429", "503"}  # a body too large, too many calls, a part of the platform down
PREFIX = "/api/v1/billing/"


@pytest.fixture(scope="module")
def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Billing's calls as the document has them."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {
        (method, path.removeprefix(PREFIX)): operation
        for path, operations in paths.items()
        if path.startswith(PREFIX)
        for method, operation in operations.items()
    }


def test_every_call_is_held_to_it(operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert set(operations) == set(REFUSALS)


@pytest.mark.parametrize("call", REFUSALS, ids=" ".join)
def test_refusals_are_problem_documents(
    operations: dict[tuple[str, str], dict[str, Any]], call: tuple[str, str]
) -> None:
    responses = operations[call]["responses"]
    assert {status for status in responses if status >= "400"} - OF_EVERY_CALL == REFUSALS[call] - OF_EVERY_CALL
    usual = {"201"} if call[0] == "post" else {"200"}
    assert {status for status in responses if status < "400"} == ANSWERS.get(call, usual)
    for status in REFUSALS[call]:
        assert responses[status]["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }


def test_no_parameter_is_named_twice(operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    for call, operation in operations.items():
        named = [(parameter["in"], parameter["name"]) for parameter in operation.get("parameters", [])]
        assert len(named) == len(set(named)), call
    assert "If-Match" in {parameter["name"] for parameter in operations["patch", "rates/{rate_id}"]["parameters"]}
