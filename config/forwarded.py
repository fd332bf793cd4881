"""Whether a request came over TLS: told by the proxy where TLS ends, and believed of nobody else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.auth.security.addresses import is_proxy

_PROTOCOL = "HTTP_X_FORWARDED_PROTO"


class ForwardedProtocol:
    """Drops `X-Forwarded-Proto` unless one of TRUSTED_PROXIES sent it, so that SECURE_PROXY_SSL_HEADER may believe it.

    A list is dropped too: which of its words our proxy wrote cannot be told.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get(_PROTOCOL)
        if told is not None and (told not in ("http", "https") or not is_proxy(request.META.get("REMOTE_ADDR", ""))):
            del request.META[_PROTOCOL]
        return self.get_response(request)
