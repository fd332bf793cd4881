"""What stands on an invoice, kept whole as it was when it was issued. Money is minor units, instants are UTC."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from apps.billing.models import Invoice


class Party(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The one who sells or buys. `address` is by lines; `country` is ISO 3166-1 alpha-2."""

    name: str
    address: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""
    country: str = ""
    tax_id: str = ""
    registration: str = ""
    email: str = ""
    phone: str = ""


class Bank(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where an invoice is paid to."""

    name: str
    iban: str
    bic: str


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One stay, as the vehicle log has it; `paid` is what had been paid of it, `moved` what came to the account now."""

    position: int
    stay_id: UUID
    vehicle_number: str
    vehicle_type: str
    location: str
    timezone: str
    entry_at: datetime | None
    exit_at: datetime | None
    duration_minutes: int
    net: int
    tax_rate: Decimal
    gross: int
    charged_net: int
    paid: int
    moved: int


class TaxLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The sums of a tax rate; `category` is of UNTDID 5305: S, or Z or E where the rate is 0."""

    category: str
    rate: Decimal
    net: int
    tax: int


class Credited(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The invoice that a credit note is about."""

    number: str
    issue_date: date


class InvoiceContent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """All that is printed of an invoice or credit note but its number and sums, which its row has."""

    supplier: Party
    customer: Party
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxLine, ...]
    language: str
    payment_days: int
    bank: Bank | None = None
    footer: str = ""
    exemption_reason: str = ""
    logo: str = ""
    credited: Credited | None = None


def content_of(invoice: Invoice) -> InvoiceContent:
    """What is kept of an invoice."""
    return msgspec.convert(invoice.content, InvoiceContent)


def kept(content: InvoiceContent) -> object:
    """The content as its column takes it; decimals are texts, so that none passes through a float."""
    return msgspec.to_builtins(content)
