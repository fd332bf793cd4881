"""Who issues the documents: said by people, held to what an accountant needs, with a logo that can be drawn."""

import base64
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.billing.commands.images import MOST_BYTES, read_image
from apps.billing.models import LetterheadSetting, Logo
from apps.core.errors import Invalid
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
CALL, LOGO = "billing/letterhead", "billing/letterhead/logo"
ACME = {
    "legalName": "Acme Parking GmbH",
    "address": "Hafenstraße 1\nTor 4",
    "postcode": "20457",
    "city": "Hamburg",
    "country": "DE",
    "email": "rechnung@acme.example",
    "phone": "+49 40 123",
    "taxId": "DE123456789",
    "registration": "HRB 1234, Hamburg",
    "bankName": "Hafenbank",
    "iban": "DE89370400440532013000",
    "bic": "COBADEFFXXX",
    "paymentDays": 30,
    "language": "de",
    "footer": "Geschäftsführer: A. Meyer",
    "exemptionReason": "",
    "monthlyTax": [{"from": "2020-07-01", "rate": 16}, {"from": "2021-01-01", "rate": 19}],
}


def png(width: int = 60, height: int = 20) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x17\x4f\xc0" * width for _ in range(height))
    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def sent(image: bytes) -> dict[str, str]:
    return {"image": base64.b64encode(image).decode()}


def test_before_anything_is_said_it_is_the_tenants_name(api: SignIn) -> None:
    with nothing_written():
        said = api("auditor").get(CALL)
    assert (said.status, said["ETag"]) == (200, '"0"')
    assert (said.json["legalName"], said.json["hasLogo"], said.json["language"]) == ("Acme", False, "en")


def test_it_is_said_anew_and_told_to_the_trail(api: SignIn, in_acme: Any) -> None:
    manager = api("manager")
    typed = ACME | {"iban": " de89 3704 0044 0532 0130 00 ", "address": " Hafenstraße  1 \n\n Tor 4 "}
    saved = manager.put(CALL, typed, {"If-Match": '"0"', "X-Correlation-Id": "head-1"})
    assert (saved.status, saved["ETag"]) == (200, '"1"')
    assert saved.json == ACME | {"hasLogo": False, "version": 1} == manager.get(CALL).json
    (told,) = trail(in_acme, correlation_id="head-1")
    assert (told.action, told.after["legal_name"]) == ("letterhead.changed", "Acme Parking GmbH")


def test_a_lost_update_is_refused(api: SignIn) -> None:
    manager = api("manager")
    assert manager.put(CALL, ACME, {"If-Match": '"0"'}).status == 200
    with nothing_written():
        assert_problem(manager.put(CALL, ACME, {"If-Match": '"0"'}), 412, "stale")
        assert_problem(manager.put(LOGO, sent(png()), {"If-Match": '"0"'}), 412, "stale")
        assert_problem(manager.put(CALL, ACME), 428, "if_match_required")
        assert_problem(manager.put(LOGO, sent(png())), 428, "if_match_required")
        assert_problem(manager.delete(LOGO), 428, "if_match_required")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("legalName", " ", "required"),
        ("country", "ZZ", "unknown_country"),
        ("iban", "DE89370400440532013001", "invalid_iban"),
        ("iban", "DE!", "invalid_iban"),
        ("bic", "COBA", "invalid_bic"),
        ("email", "nobody", "invalid_email"),
        ("paymentDays", 366, "out_of_range"),
        ("paymentDays", -1, "out_of_range"),
        ("language", "xx", "unknown_language"),
        ("monthlyTax", [{"from": "2026-01-01", "rate": 19}] * 2, "not_rising"),
        *[
            ("monthlyTax", [{"from": "2026-01-01", "rate": rate}], "out_of_range")
            for rate in (-1, 101, "NaN", "1e-7", "Infinity")
        ],
    ],
)
def test_what_is_not_sound_is_named(api: SignIn, field: str, value: Any, code: str) -> None:
    with nothing_written():
        refused = api("manager").put(CALL, ACME | {field: value}, {"If-Match": '"0"'})
        assert_problem(refused, 422, "invalid", **{field: code})


def test_a_logo_comes_and_goes(api: SignIn) -> None:
    manager = api("manager")
    assert_problem(manager.get(LOGO), 404, "no_logo")
    assert manager.put(LOGO, sent(png()), {"If-Match": '"0"'}).json["hasLogo"] is True
    shown = manager.get(LOGO)
    assert (shown["Content-Type"], shown.response.content) == ("image/png", png())
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert manager.delete(LOGO, {"If-Match": '"1"'}).json["hasLogo"] is False
    assert_problem(manager.get(LOGO), 404, "no_logo")
    assert Logo.objects.count() == 1  # documents that were issued may name it


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (b"", "not_an_image"),
        (SVG, "not_an_image"),
        (b"GIF89a" + b"\0" * 50, "not_an_image"),
        (b"<html><script>alert(1)</script></html>", "not_an_image"),
        (b"\xff\xd8\xff" + b"\0" * 40, "not_an_image"),
        (b"\xff\xd8\xff\xe0\x00\x00" + b"\xff" * 40, "not_an_image"),
        (png()[:40], "unreadable_image"),
        (png().replace(b"IDAT", b"IDOT"), "unreadable_image"),
        (png(2001, 1), "too_wide"),
        (png(1, 1)[:16] + struct.pack(">LL", 2**31, 2**31) + png(1, 1)[24:], "too_wide"),
        (png() + b"\0" * MOST_BYTES, "too_large"),
    ],
)
def test_what_is_no_small_image_is_refused(api: SignIn, image: bytes, code: str) -> None:
    with nothing_written():
        refused = api("manager").put(LOGO, sent(image), {"If-Match": '"0"'})
        assert_problem(refused, 422, "invalid", image=code)


def test_the_size_of_a_jpeg_is_read_from_its_frame() -> None:
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, 120, 340, 3) + b"\0" * 12
    found = read_image(b"\xff\xd8\xff\xe0\x00\x04\0\0" + frame)
    assert (found.media_type, found.width, found.height) == ("image/jpeg", 340, 120)
    with pytest.raises(Invalid):
        read_image(b"\xff\xd8\xff\xe0\x00\x04\0\0")


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("auditor", 403), ("operator", 403), ("viewer", 403)])
def test_managers_say_it(api: SignIn, role: str, status: int) -> None:
    assert api(role).put(CALL, ACME, {"If-Match": '"0"'}).status == status
    assert LetterheadSetting.objects.exists() is (status == 200)


def test_each_tenant_has_its_own(api: SignIn) -> None:
    api("manager").put(CALL, ACME, {"If-Match": '"0"'})
    assert api("manager", "globex").get(CALL).json["legalName"] == "Globex"


def test_a_logo_is_never_changed(api: SignIn) -> None:
    api("manager").put(LOGO, sent(png()), {"If-Match": '"0"'})
    for statement in ("UPDATE billing_logo SET image = ''", "DELETE FROM billing_logo"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
