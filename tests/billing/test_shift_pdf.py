"""The printed report of a shift says what the API says, in the reader's language and the location's time."""

from datetime import UTC, datetime

import pytest
import time_machine

from apps.core.tenancy import TenantRef
from tests.billing.test_pdf import text_of
from tests.billing.test_shifts import a_day
from tests.billing.till import SignIn, Till

EVENING = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # 21:00 in Kolkata


@pytest.fixture
def counted(api: SignIn, acme: TenantRef) -> tuple[Till, str]:
    """A shift of 225.00 expected in which 220.00 were counted, and then 222.50."""
    with time_machine.travel(EVENING, tick=False):
        till = Till.at_a_site(api)
        shift = a_day(till)
        till.close(shift, 220)
        again = {"counted": 222.5, "reason": "a coin fell down"}
        assert api("manager").post(f"billing/shifts/{shift}/recounts", again).status == 201
    return till, shift


def printed(api: SignIn, shift: str, role: str = "operator", **query: str) -> str:
    pdf = api(role).get(f"billing/shifts/{shift}.pdf", **query)
    assert (pdf.status, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf["Content-Disposition"] == f'inline; filename="shift-{shift}.pdf"'
    assert api(role).get(f"billing/shifts/{shift}.pdf", **query).response.content == pdf.response.content
    return text_of(pdf.response.content)


def test_the_report_says_what_was_expected_and_why(api: SignIn, counted: tuple[Till, str]) -> None:
    text = printed(api, counted[1])

    for said in (
        "Cash shift", "Acme", "Operator Of Acme", "North yard, Booth 1", "27 Nov 2026, 21:00", "closed by count",
        "Asia/Kolkata", "ACME-2026-000001 – ACME-2026-000004", "Drawer (INR)", "225.00", "220.00", "-5.00",
        "a coin fell down", "222.50", "-2.50", "Payment voided", "Lost ticket", "Barrier opened by hand", "ambulance",
        "deposit in a test", "-400.00", "Manager Of Acme: barrier was stuck",
    ):  # fmt: skip
        assert said in text, said


def test_the_report_speaks_the_readers_language(api: SignIn, counted: tuple[Till, str]) -> None:
    german = printed(api, counted[1], "manager", language="de-DE")

    for said in ("Kassenschicht", "durch Zählung abgeschlossen", "27.11.2026, 21:00", "-400,00", "Schranke von Hand"):
        assert said in german, said
    assert api().get(f"billing/shifts/{counted[1]}.pdf", language="x" * 21).status == 422


def test_without_a_language_it_is_the_letterheads(api: SignIn, counted: tuple[Till, str]) -> None:
    letterhead = {"legalName": "Acme Parking GmbH", "language": "de"}
    assert api("owner").put("billing/letterhead", letterhead, {"If-Match": '"0"'}).status == 200

    text = printed(api, counted[1])

    assert "Kassenschicht" in text
    assert "Acme Parking GmbH" in text
