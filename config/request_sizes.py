"""No request body is read further than its limit, however it is sent. Our calls and forms need a few KiB."""

import io
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse

from apps.core.api.problems import problem
from apps.core.errors import TooLarge
from apps.core.middleware import EdgeMiddleware

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]


def with_limited_bodies(app: Application) -> Application:
    """The ASGI application, shown no more than DATA_UPLOAD_MAX_MEMORY_SIZE bytes of a body; beyond, 413 is answered.

    Django writes an ASGI request's whole body to disk before it looks at it, and chunks declare no length.
    """

    async def limited(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        limit, seen = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            return message if seen <= limit else {"type": "http.disconnect"}  # Django stops reading and answers nothing

        await app(scope, counted, send)
        if seen > limit:
            await _refuse(scope, send)

    return limited


def _too_large(request: HttpRequest) -> HttpResponse:
    return problem(TooLarge(f"Send at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KiB."))


_edge = EdgeMiddleware(_too_large)  # the request never came as far as Django's own


async def _refuse(scope: dict[str, Any], send: Send) -> None:
    answer = _edge(ASGIRequest(scope, io.BytesIO()))
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    close = (b"connection", b"close")
    await send({"type": "http.response.start", "status": answer.status_code, "headers": [*headers, close]})
    await send({"type": "http.response.body", "body": answer.content})
