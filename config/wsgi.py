"""The `web` process: REST, pages and admin."""

import os
from collections.abc import Callable
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
django.setup(set_prefix=False)


class Application(WSGIHandler):
    """Django's handler, which hands a finished answer over whole instead of as an iterator.

    granian sends a list in one piece and with its length; an iterator it asks for chunk after chunk, which costs a
    tenth of a cheap request's time (`bench/gate.py --read`).
    """

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        response: Any = super().__call__(environ, start_response)
        if getattr(response, "streaming", True):
            return response
        body = [response.content]
        response.close()  # the server does so after an iterator alone
        return body


application = Application()
