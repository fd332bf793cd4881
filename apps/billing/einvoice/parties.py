"""Seller and buyer of a Cross Industry Invoice."""

import re

from apps.billing.invoicing.content import Party

from .elements import Element, child, optional, path

# BR-CO-09: a VAT identifier begins with the code of its country (EL for Greece)
_VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,13}")
_LINES = ("LineOne", "LineTwo", "LineThree")


def seller(agreement: Element, party: Party) -> None:
    """The one who issues; a tax number that is no VAT identifier is a local one (BT-32)."""
    node = child(agreement, "SellerTradeParty")
    vat_id = _vat_id(party)
    if not vat_id and not party.registration:
        child(node, "ID", party.tax_id)  # BT-29, for BR-CO-26
    child(node, "Name", party.name)  # BT-27
    optional(node, "SpecifiedLegalOrganization/ID", party.registration)  # BT-30
    if party.phone or party.email:
        contact = child(node, "DefinedTradeContact")
        child(contact, "PersonName", party.name)
        optional(contact, "TelephoneUniversalCommunication/CompleteNumber", party.phone)
        optional(contact, "EmailURIUniversalCommunication/URIID", party.email)
    _address(node, party)
    optional(node, "URIUniversalCommunication/URIID", party.email, schemeID="EM")  # BT-34
    path(node, "SpecifiedTaxRegistration/ID", vat_id or party.tax_id, schemeID="VA" if vat_id else "FC")


def buyer(agreement: Element, party: Party) -> None:
    """The one who pays."""
    node = child(agreement, "BuyerTradeParty")
    child(node, "Name", party.name)  # BT-44
    _address(node, party)
    optional(node, "URIUniversalCommunication/URIID", party.email, schemeID="EM")  # BT-49
    optional(node, "SpecifiedTaxRegistration/ID", _vat_id(party), schemeID="VA")  # BT-48


def _address(node: Element, party: Party) -> None:
    address = child(node, "PostalTradeAddress")
    optional(address, "PostcodeCode", party.postcode)
    lines = [*party.address[:2], ", ".join(party.address[2:])]
    for name, line in zip(_LINES, lines, strict=False):
        optional(address, name, line)
    optional(address, "CityName", party.city)
    child(address, "CountryID", party.country)


def _vat_id(party: Party) -> str:
    joined = "".join(party.tax_id.split()).upper()
    return joined if _VAT_ID.fullmatch(joined) else ""
