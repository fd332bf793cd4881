"""Invoices as machines read them: EN 16931 in the syntax of UN/CEFACT, alone or within the PDF (Factur-X)."""

from .cii import invoice_xml
from .completeness import EInvoiceIncomplete, require_complete
from .facturx import with_xml

__all__ = ["EInvoiceIncomplete", "invoice_xml", "require_complete", "with_xml"]
