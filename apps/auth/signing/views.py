"""`/.well-known/jwks.json`: the public keys of access tokens, for whoever checks them without asking us."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.auth.commands.signing_keys import ensure_signing_key
from apps.core import clock
from apps.core.api.replies import encode

from . import keyring


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """A JWK set (RFC 7517, section 5). It may be kept for five minutes; a new key is in it ten before it signs."""
    ensure_signing_key(at=clock.now())
    response = HttpResponse(encode({"keys": keyring.present().published}), content_type="application/jwk-set+json")
    response["Cache-Control"] = "public, max-age=300"
    return response
