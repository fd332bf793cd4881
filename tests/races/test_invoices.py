"""Invoice against invoice, credit note against credit note: a stay is on one, and numbers have no gaps."""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.invoices import generate_invoice
from apps.billing.invoicing.collecting import Wanted, candidates, collect
from apps.billing.invoicing.numbers import SERIES
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import DocumentSequence, Invoice
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate, yard
from tests.races.rivals import at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 4
__all__ = ["yard"]


def wanted(name: str = "Tata") -> Wanted:
    return Wanted(period_from=date(2026, 3, 1), period_to=date(2026, 4, 1), transport_name=name)


def issue(name: str = "Tata") -> Invoice:
    return generate_invoice(wanted=wanted(name), actor=CASHIER, at=ENTRY)


def owed(yard: Yard, *names: str) -> None:
    make_rate(tax_rate=Decimal(18))
    for name in names or ("Tata",) * 3:
        charge(yard.stay(hours=2, transport_name=name))


def agree() -> None:
    post_missing()
    assert list(find_disagreements()) == []


def test_control_collected_without_the_lock_all_find_the_stays_free(in_acme: TenantRef, yard: Yard) -> None:
    owed(yard)
    looked = threading.Barrier(RIVALS)

    def look() -> int:
        found = collect(candidates(wanted(), None), None, unpaid_only=True)
        looked.wait(30)
        return len(found)

    assert at_once(in_acme, *[look] * RIVALS) == [3] * RIVALS


def test_of_invoices_at_once_one_has_the_stays(in_acme: TenantRef, yard: Yard) -> None:
    owed(yard)
    outcomes = at_once(in_acme, *[issue] * RIVALS)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["nothing_to_invoice"] * (RIVALS - 1))
    agree()


def test_numbers_of_rivals_have_no_gaps(in_acme: TenantRef, yard: Yard) -> None:
    names = [f"Haulier {number}" for number in range(RIVALS)]
    owed(yard, *names)

    def by(name: str) -> Callable[[], Invoice]:
        return lambda: issue(name)

    outcomes = at_once(in_acme, *[by(name) for name in names])
    assert sorted(invoice.number for invoice in gained(outcomes)) == [
        f"ACME-INV-2026-{number:06d}" for number in range(1, RIVALS + 1)
    ]
    agree()


def test_control_numbered_by_looking_two_get_the_same(in_acme: TenantRef, yard: Yard) -> None:
    DocumentSequence.objects.create(series=f"{SERIES['invoice']}-2026", last=7)
    looked = threading.Barrier(RIVALS)

    def look() -> int:
        last = DocumentSequence.objects.get().last
        looked.wait(30)
        return last + 1

    assert at_once(in_acme, *[look] * RIVALS) == [8] * RIVALS


def test_of_credit_notes_at_once_one_is_issued(in_acme: TenantRef, yard: Yard) -> None:
    owed(yard)
    invoice_id: UUID = issue().id

    def credit() -> Invoice:
        return credit_invoice(invoice_id=invoice_id, positions=None, reason="x", actor=CASHIER, at=ENTRY)

    outcomes = at_once(in_acme, *[credit] * RIVALS)
    assert (len(gained(outcomes)), refusals(outcomes)) == (1, ["not_creditable"] * (RIVALS - 1))
    agree()
