"""From stays and months to what stands on the invoice."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from apps.billing.letterheads import get_letterhead
from apps.billing.models import Customer, LetterheadSetting
from apps.billing.places import get_places
from apps.billing.stays import list_stays
from apps.core import tenancy

from .collecting import Collected
from .content import Bank, InvoiceContent, InvoiceLine, Party, TaxLine
from .months import CollectedMonth
from .totals import TaxSum, Totals, sum_up


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What would be issued on `issue_date`: content, sums and the sums as they were charged, in minor units."""

    content: InvoiceContent
    totals: Totals
    currency: str
    issue_date: date
    due_date: date
    moved: int
    charged_net: int
    charged_tax: int


def draft_invoice(
    collected: Sequence[Collected],
    months: Sequence[CollectedMonth] = (),
    *,
    customer: Customer | None,
    transport_name: str,
    issue_date: date,
) -> Draft:
    """An invoice of these stays and then these months to this customer, or to a haulier that is to become one."""
    setting, totals = get_letterhead(), sum_up([*(one.charged for one in collected), *(one.charged for one in months)])
    lines = (*_lines(collected, totals), *_month_lines(months, totals))
    content = InvoiceContent(
        supplier=_supplier(setting),
        customer=_buyer(customer, transport_name, setting),
        lines=lines,
        taxes=tax_lines(totals.taxes, exempt=bool(setting.exemption_reason)),
        language=customer.language if customer else setting.language,
        payment_days=setting.payment_days,
        bank=Bank(name=setting.bank_name, iban=setting.iban, bic=setting.bic) if setting.iban else None,
        footer=setting.footer,
        exemption_reason=setting.exemption_reason,
        logo=setting.logo_id or "",
    )
    return Draft(
        content=content,
        totals=totals,
        currency=customer.currency if customer else tenancy.current().currency,
        issue_date=issue_date,
        due_date=issue_date + timedelta(days=setting.payment_days),
        moved=sum(line.moved for line in lines),
        charged_net=sum(line.booked_net for line in lines),
        charged_tax=sum(line.booked_tax for line in lines),
    )


def tax_lines(taxes: Sequence[TaxSum], *, exempt: bool) -> tuple[TaxLine, ...]:
    """The sums of each rate with their category: standard, else exempt or zero-rated."""
    untaxed = "E" if exempt else "Z"
    return tuple(
        TaxLine(category="S" if one.rate else untaxed, rate=one.rate, net=one.net, tax=one.tax) for one in taxes
    )


def _lines(collected: Sequence[Collected], totals: Totals) -> tuple[InvoiceLine, ...]:
    stays = list_stays([one.fee.stay_id for one in collected])
    places = get_places({one.fee.location_id for one in collected})
    lines = []
    for position, (one, net) in enumerate(zip(collected, totals.nets, strict=False), start=1):
        fee, stay, place = one.fee, stays.get(one.fee.stay_id), places[one.fee.location_id]
        lines.append(
            InvoiceLine(
                position=position,
                stay_id=fee.stay_id,
                vehicle_number=stay.vehicle_number if stay else "",
                vehicle_type=fee.vehicle_type,
                location=place.name,
                timezone=place.timezone,
                entry_at=stay.entry_at if stay else fee.entry_at,
                exit_at=stay.exit_at if stay else fee.ended_at,
                duration_minutes=fee.duration_minutes,
                net=net,
                tax_rate=Decimal(f"{one.charged.tax_rate:f}"),
                gross=one.charged.gross,
                charged_net=one.charged.net,
                paid=one.charged.paid,
                moved=one.moved,
            )
        )
    return tuple(lines)


def _month_lines(months: Sequence[CollectedMonth], totals: Totals) -> Iterator[InvoiceLine]:
    first = len(totals.nets) - len(months)
    for place, one in enumerate(months, start=first):
        yield InvoiceLine(
            position=place + 1,
            of=one.of,
            charge_id=one.charge_id,
            name=one.name,
            vehicles=one.vehicles,
            begins=one.begins,
            ends=one.ends,
            quantity=one.quantity,
            vehicle_number="",
            vehicle_type="",
            location="",
            timezone=tenancy.current().timezone,
            entry_at=None,
            exit_at=None,
            duration_minutes=0,
            net=totals.nets[place],
            tax_rate=Decimal(f"{one.charged.tax_rate:f}"),
            gross=one.charged.gross,
            charged_net=one.charged.net,
            paid=one.charged.paid,
            moved=0,
        )


def _supplier(setting: LetterheadSetting) -> Party:
    return Party(
        name=setting.legal_name,
        address=tuple(setting.address.splitlines()),
        postcode=setting.postcode,
        city=setting.city,
        country=setting.country,
        tax_id=setting.tax_id,
        registration=setting.registration,
        email=setting.email,
        phone=setting.phone,
    )


def _buyer(customer: Customer | None, transport_name: str, setting: LetterheadSetting) -> Party:
    """The customer; its country is that of its tax number, where that begins with one, else the operator's own."""
    if customer is None:
        return Party(name=transport_name.strip(), country=setting.country)
    return Party(
        name=customer.name,
        address=tuple(line for line in customer.address.splitlines() if line.strip()),
        country=_country_of(customer.tax_id) or setting.country,
        tax_id=customer.tax_id,
        email=customer.email,
    )


def _country_of(tax_id: str) -> str:
    """The member state that a VAT number of the European Union names; empty for other numbers."""
    return {"EL": "GR"}.get(tax_id[:2], tax_id[:2]) if tax_id[:2] in _VAT_PREFIXES and len(tax_id) > 7 else ""


# Directive 2006/112/EC, article 215, with Northern Ireland left out: it is no country of ISO 3166-1
_VAT_PREFIXES = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
)  # fmt: skip
