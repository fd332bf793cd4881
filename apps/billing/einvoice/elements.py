"""Building blocks of a Cross Industry Invoice: names by prefix, dates, amounts."""

from datetime import date
from typing import Any, Final

from lxml import etree

from apps.core.money import minor_to_decimal

RSM: Final = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
NAMESPACES: Final = {
    "rsm": RSM,
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
Element = Any  # lxml tells no types


def child(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    """A new element of `ram` (or of the prefix in its name) as the last one of its parent."""
    prefix, _, local = name.rpartition(":")
    made = etree.SubElement(parent, f"{{{NAMESPACES[prefix or 'ram']}}}{local}", dict(attributes))
    made.text = None if text is None else xml_text(text)
    return made


def path(parent: Element, names: str, text: str | None = None, **attributes: str) -> Element:
    """Elements within one another, such as `A/B/C`; the text is the innermost one's."""
    *outer, last = names.split("/")
    for name in outer:
        parent = child(parent, name)
    return child(parent, last, text, **attributes)


def optional(parent: Element, names: str, text: str, **attributes: str) -> None:
    """The same where there is a text: an empty element is refused (PEPPOL-EN16931-R008 and others)."""
    if text:
        path(parent, names, text, **attributes)


def day(parent: Element, names: str, when: date) -> None:
    """A date in the format that is called 102."""
    path(parent, f"{names}/udt:DateTimeString", f"{when:%Y%m%d}", format="102")


def amount(parent: Element, name: str, minor: int, currency: str, **attributes: str) -> None:
    """An amount with the currency's own digits."""
    child(parent, name, f"{minor_to_decimal(minor, currency):f}", **attributes)


def xml_text(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold."""
    return "".join(sign for sign in text if sign in "\t\n\r" or " " <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd"
                   or sign >= "\U00010000")  # fmt: skip
