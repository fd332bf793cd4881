"""Links to pay: whoever holds one may pay that one payment on a device of their own, and learns no more of the stay.

A link is the payment's id, signed for its tenant; it is good as long as the payment is open.
"""

import io
from typing import Final
from uuid import UUID

import segno
from django.conf import settings
from django.core import signing

from apps.billing.models import OnlinePayment
from apps.billing.models.online import STILL_OPEN
from apps.core import tenancy

from . import stripe_api
from .starting import OnlinePaymentNotFound

PAGE: Final = "/pay/{link}/"


def find_page(online: OnlinePayment) -> str | None:
    """The path of the page where a payment is made; None where it can be made no more, or there is no such page."""
    if not offers_page() or online.unwanted or online.status not in STILL_OPEN:
        return None
    return PAGE.format(link=_signer().sign(online.id.hex))


def offers_page() -> bool:
    """Whether payers are offered a page of ours, which takes the provider's script and the key that it asks for."""
    return bool(stripe_api.is_configured() and settings.STRIPE_PUBLISHABLE_KEY)


def read_link(link: str) -> UUID:
    """The payment that a link is for. Raises OnlinePaymentNotFound for one that is not of this tenant."""
    if tenancy.find_current() is not None:
        try:
            return UUID(_signer().unsign(link))
        except (signing.BadSignature, ValueError):
            pass
    raise OnlinePaymentNotFound("Ask for a new link.")


def draw(address: str) -> bytes:
    """An address as a QR code (ISO/IEC 18004), an SVG that a phone's camera reads."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", border=2, dark="#000", light="#fff", omitsize=True
    )
    return drawn.getvalue()


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=f"billing.pay:{tenancy.current().id}")
