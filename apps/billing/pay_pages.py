"""The page behind a link to pay, for a payer's own phone: the only one of ours with a script of another house."""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.core import tenancy
from apps.core.security_headers import page_policy

from .online.links import offers_page, read_link
from .online.starting import OnlinePaymentNotFound

# docs.stripe.com/security/guide, "Content security policy"
_STRIPES: Final = {
    "scripts": "https://js.stripe.com https://*.js.stripe.com",
    "calls": "https://api.stripe.com",
    "frames": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
}


@require_safe
@never_cache
def pay(request: HttpRequest, link: str) -> HttpResponse:
    """What moves on it comes by the API. Raises Http404 for a link that is not of this tenant."""
    try:
        read_link(link)
    except OnlinePaymentNotFound as error:
        raise Http404 from error
    if not offers_page():
        raise Http404
    context = {"tenant": tenancy.current(), "link": link, "provider_script": settings.STRIPE_JS}
    response = render(request, "billing/pay.html", context)
    response["Content-Security-Policy"] = page_policy(**_origins(settings.STRIPE_JS))
    return response


def _origins(script: str) -> dict[str, str]:
    """Where the provider's script comes from and goes to; what stands in for it has one origin for all."""
    parts = urlsplit(script)
    origin = f"{parts.scheme}://{parts.netloc}"
    return _STRIPES if parts.netloc == "js.stripe.com" else dict.fromkeys(_STRIPES, origin)
