"""What stands on an invoice, kept whole as it was when it was issued. Money is minor units, instants are UTC."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
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


class Item(StrEnum):
    """What a line is of: a stay, or a month of a permit or of a merchant's validations."""

    STAY = "stay"
    PERMIT = "permit"
    VALIDATIONS = "validations"


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One stay, as the vehicle log has it; `paid` is what had been paid of it, `moved` what came to the account now.

    A month has its `charge_id`, the permit's number or the merchant's `name`, and half-open local dates instead; the
    `vehicles` of the permit, or the `quantity` of validations.
    """

    position: int
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
    of: Item = Item.STAY
    stay_id: UUID | None = None
    charge_id: UUID | None = None
    name: str = ""
    vehicles: tuple[str, ...] = ()
    begins: date | None = None
    ends: date | None = None
    quantity: int = 0

    @property
    def booked_net(self) -> int:
        """What was booked as revenue before the invoice: of a month all of it, for its tax is told by the invoice."""
        return self.charged_net if self.of == Item.STAY else self.gross

    @property
    def booked_tax(self) -> int:
        """What was booked as tax before the invoice."""
        return self.gross - self.booked_net


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
