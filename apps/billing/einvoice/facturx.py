"""The XML within the PDF: Factur-X 1.0, profile EN 16931."""

import facturx


def with_xml(pdf: bytes, xml: bytes, *, title: str, author: str, language: str) -> bytes:
    """The PDF/A-3 with the XML as `factur-x.xml`; the XML is held against the schema of its profile."""
    made: bytes = facturx.generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=True,
        check_schematron=False,  # it would take an XSLT 2 processor; tests hold the rules
        pdf_metadata={"author": author, "title": title, "subject": title, "keywords": "Factur-X"},
        lang=language,
        afrelationship="alternative",
    )
    return made
