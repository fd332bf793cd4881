"""Django's middleware for sessions and forms, passed by for requests that carry a token: they have neither."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware


class UnlessToken:
    """Mixed in before a middleware of Django's."""

    async_capable = False  # ours are not, and one step into a thread is cheaper than one for each middleware
    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_AUTHORIZATION" in request.META:
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class Session(UnlessToken, SessionMiddleware):
    pass


class Csrf(UnlessToken, CsrfViewMiddleware):
    def process_view(self, request: HttpRequest, *args: Any) -> Any:
        return None if "HTTP_AUTHORIZATION" in request.META else super().process_view(request, *args)


class Authentication(UnlessToken, AuthenticationMiddleware):
    pass


class Messages(UnlessToken, MessageMiddleware):
    pass
