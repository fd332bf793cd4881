"""Others' middleware, passed by where a request has nothing for it: the gate's path counts each microsecond."""

from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.cache import patch_vary_headers


class Cors(CorsMiddleware):
    """Lets pages of CORS_ALLOWED_ORIGINS call the API. Without an `Origin` no page of another host has sent it."""

    async_capable = False

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_ORIGIN" in request.META:
            return super().__call__(request)
        response = self.get_response(request)
        if self.is_enabled(request):
            patch_vary_headers(response, ("origin",))  # type: ignore[arg-type]  # what a cache keeps is for no page
        return response


class UnlessToken:
    """Mixed in before a middleware for sessions and forms: who sends a token has neither."""

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
