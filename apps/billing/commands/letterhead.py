"""Saying who issues the tenant's documents."""

import hashlib
import re
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import transaction

from apps.billing.documents import LOCALES, Unprintable, find_locale, render_pdf
from apps.billing.invoicing.monthly_tax import MonthlyTax
from apps.billing.letterheads import countries, get_letterhead, printed
from apps.billing.models import LetterheadSetting, Logo
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import FieldError, Invalid, Stale

from .images import read_image

_SUBJECT = audit.Subject("letterhead", "documents")
LONGEST_PAYMENT_DAYS = 365
_BIC = "(?:[A-Z0-9]{8}(?:[A-Z0-9]{3})?)?"


class LetterheadTerms(msgspec.Struct, frozen=True, kw_only=True):
    """All that a letterhead says but the logo; see `LetterheadSetting`."""

    legal_name: str
    address: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""
    tax_id: str = ""
    registration: str = ""
    bank_name: str = ""
    iban: str = ""
    bic: str = ""
    payment_days: int = 14
    language: str = "en"
    footer: str = ""
    exemption_reason: str = ""
    monthly_tax: tuple[MonthlyTax, ...] = ()


@transaction.atomic
def set_letterhead(*, terms: LetterheadTerms, expected_version: int | None, actor: Actor) -> LetterheadSetting:
    """Replace what the letterhead says; documents that were issued keep what it said then.

    Raises Invalid naming each wrong field, Stale where somebody else was faster.
    """
    terms = _tidied(terms)
    _require_sound(terms)
    setting = _locked(expected_version)
    before = _said(setting)
    for name in LetterheadTerms.__struct_fields__:
        setattr(setting, name, msgspec.to_builtins(getattr(terms, name)))
    return _saved(setting, before, actor)


@transaction.atomic
def set_logo(*, image: bytes | None, expected_version: int | None, actor: Actor, at: datetime) -> LetterheadSetting:
    """Put another logo on the letterhead, or none.

    Raises Invalid for what is no image, or none that can be drawn, and Stale.
    """
    setting = _locked(expected_version)
    before = _said(setting)
    setting.logo = None
    if image is not None:
        found = read_image(image)
        digest = hashlib.sha256(image).hexdigest()
        setting.logo, _ = Logo.objects.get_or_create(
            digest=digest, defaults={"media_type": found.media_type, "image": image}
        )
        _require_drawable(setting, at)
    return _saved(setting, before, actor)


def _locked(expected_version: int | None) -> LetterheadSetting:
    """The letterhead's row, made where there is none, locked until the transaction ends. Raises Stale."""
    fresh = get_letterhead()
    if not fresh.version:
        LetterheadSetting.objects.bulk_create([fresh], ignore_conflicts=True)
    setting = LetterheadSetting.objects.select_for_update().get()
    if expected_version is not None and setting.version != expected_version:
        raise Stale("Read the letterhead again, and repeat your change.")
    return setting


def _saved(setting: LetterheadSetting, before: dict[str, Any], actor: Actor) -> LetterheadSetting:
    setting.version += 1
    setting.save()
    audit.record("letterhead.changed", _SUBJECT, actor=actor, before=before, after=_said(setting))
    return setting


def _said(setting: LetterheadSetting) -> dict[str, Any]:
    said = {name: getattr(setting, name) for name in LetterheadTerms.__struct_fields__}
    return said | {"logo": setting.logo_id or ""}


def _tidied(terms: LetterheadTerms) -> LetterheadTerms:
    """Without spaces at the ends of lines, and in an IBAN or BIC."""
    said = {name: getattr(terms, name) for name in LetterheadTerms.__struct_fields__}
    tidy = {name: _lines(value) for name, value in said.items() if isinstance(value, str)}
    joined = {name: "".join(tidy[name].split()).upper() for name in ("iban", "bic", "country")}
    return LetterheadTerms(**{**said, **tidy, **joined})


def _lines(text: str) -> str:
    return "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)


def _require_sound(terms: LetterheadTerms) -> None:
    checks = (
        ("legalName", terms.legal_name != "", "required", "Say in whose name documents are issued."),
        (
            "country",
            terms.country in {"", *countries()},
            "unknown_country",
            "Use the two letters of ISO 3166-1, such as IN or DE.",
        ),
        ("iban", _is_iban(terms.iban), "invalid_iban", "The check digits do not fit; type the IBAN again."),
        ("bic", re.fullmatch(_BIC, terms.bic), "invalid_bic", "A BIC has 8 or 11 letters and digits."),
        ("email", terms.email.count("@") == bool(terms.email), "invalid_email", "Write an e-mail address."),
        (
            "paymentDays",
            0 <= terms.payment_days <= LONGEST_PAYMENT_DAYS,
            "out_of_range",
            f"Between 0 and {LONGEST_PAYMENT_DAYS} days.",
        ),
        (
            "monthlyTax",
            _rises([one.since for one in terms.monthly_tax]),
            "not_rising",
            "Name each date once, the earliest first.",
        ),
        (
            "monthlyTax",
            all(one.is_sound for one in terms.monthly_tax),
            "out_of_range",
            "A rate is between 0 and 100 percent, with at most six decimals.",
        ),
        ("language", terms.language in LOCALES, "unknown_language", f"One of {', '.join(LOCALES)}."),
    )
    wrong = tuple(FieldError(field, code, message) for field, holds, code, message in checks if not holds)
    if wrong:
        raise Invalid(f"Check {', '.join(error.field for error in wrong)}.", errors=wrong)


def _rises(days: list[date]) -> bool:
    return days == sorted(set(days))


def _is_iban(iban: str) -> bool:
    """Whether there is none, or its check digits fit (ISO 13616-1, by the MOD 97-10 of ISO/IEC 7064)."""
    if not iban:
        return True
    if not (iban.isascii() and iban.isalnum() and 15 <= len(iban) <= 34 and iban[:2].isalpha()):
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def _require_drawable(setting: LetterheadSetting, at: datetime) -> None:
    try:
        render_pdf("specimen", {}, letterhead=printed(setting), locale=find_locale(setting.language), at=at)
    except Unprintable:
        raise Invalid.field("image", "unreadable_image", "The image is damaged; save it anew.") from None
