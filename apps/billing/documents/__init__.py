"""What is printed: PDFs by typst, in the tenant's language, under its letterhead."""

from .letterhead import Letterhead
from .locales import LOCALES, Locale, find_locale
from .pdf import Unprintable, render_pdf

__all__ = ["LOCALES", "Letterhead", "Locale", "Unprintable", "find_locale", "render_pdf"]
