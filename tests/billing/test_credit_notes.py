"""Crediting an invoice, whole or line by line; what was on it is invoiced anew."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.billing.ledger import Account, get_balance
from apps.core.models import Event
from tests.billing.test_invoices import TATA, agree, trucks
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
__all__ = ["trucks"]


def test_a_credit_note_takes_all_back_and_the_stays_are_invoiced_anew(api: SignIn, trucks: list[Any]) -> None:
    manager = api("manager")
    bill = manager.post("billing/invoices", TATA).json
    note = manager.post(f"billing/invoices/{bill['id']}/credit-notes", {"reason": "wrong address"})
    assert note.status == 201, note
    assert (note.json["number"], note.json["kind"], note.json["state"]) == (
        note.json["number"], "credit_note", "credit_note",
    )  # fmt: skip
    assert note.json["number"].split("-")[:2] == ["ACME", "CN"]
    assert (note.json["credits"], note.json["reason"], note.json["gross"]) == (bill["number"], "wrong address", 177)
    now = manager.get(f"billing/invoices/{bill['id']}").json
    assert (now["state"], now["outstanding"], now["creditNotes"]) == ("credited", 0, [note.json["number"]])
    agree()
    assert get_balance(account=Account.HAULIER_RECEIVABLE, currency="INR") == 0
    again = manager.post("billing/invoices", TATA)
    assert (again.status, again.json["gross"]) == (201, 177)
    agree()
    with nothing_written():
        call = f"billing/invoices/{bill['id']}/credit-notes"
        assert_problem(manager.post(call, {"reason": "again"}), 409, "not_creditable")
        of_note = f"billing/invoices/{note.json['id']}/credit-notes"
        assert_problem(manager.post(of_note, {"reason": "x"}), 409, "not_creditable")
    assert [event.data["stays"] for event in Event.objects.filter(type="CreditNoteIssued")] == [3]


def test_single_lines_are_credited_each_once(api: SignIn, trucks: list[Any]) -> None:
    manager = api("manager")
    bill = manager.post("billing/invoices", TATA).json
    call = f"billing/invoices/{bill['id']}/credit-notes"
    first = manager.post(call, {"reason": "not ours", "lines": [2]})
    assert (first.status, first.json["gross"], [line["position"] for line in first.json["lines"]]) == (201, 59, [2])
    assert manager.get(f"billing/invoices/{bill['id']}").json["state"] == "open"
    with nothing_written():
        assert_problem(manager.post(call, {"reason": "x", "lines": [1, 2]}), 409, "not_creditable")
        assert_problem(manager.post(call, {"reason": "x", "lines": [4]}), 422, "invalid", lines="unknown_line")
        assert_problem(manager.post(call, {"reason": "x", "lines": []}), 422, "invalid")
        assert_problem(manager.post(call, {"reason": " "}), 422, "invalid", reason="required")
    rest = manager.post(call, {"reason": "the rest"})
    assert (rest.status, rest.json["gross"]) == (201, 118)
    assert manager.get(f"billing/invoices/{bill['id']}").json["state"] == "credited"
    agree()
