"""Django's middleware for sessions and forms, passed by for requests that carry a token."""

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.middleware.csrf import CsrfViewMiddleware

from apps.core.middleware import unless_token

Session = unless_token(SessionMiddleware)  # type: ignore[arg-type]
Csrf = unless_token(CsrfViewMiddleware)  # type: ignore[arg-type]
Authentication = unless_token(AuthenticationMiddleware)  # type: ignore[arg-type]
Messages = unless_token(MessageMiddleware)  # type: ignore[arg-type]
