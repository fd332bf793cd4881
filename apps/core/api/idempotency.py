"""`Idempotency-Key`: the same POST twice acts once, and the second gets the first one's answer.

The key is claimed, the command run and its answer stored in one transaction, so a crash leaves either all or none
of it. A rival with the same key waits on the claim's row. A refusal is an answer too and is kept; a
server error is not, so that it can be tried again.
"""

import hashlib
from collections.abc import Callable
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework.request import Request

from apps.core.errors import Invalid

from .acting import actor_of
from .problems import problem_for, translate

HEADER = "HTTP_IDEMPOTENCY_KEY"
KEPT_HEADERS = ("ETag", "Location", "Retry-After")

_CLAIM = """
INSERT INTO core_idempotencyrecord (actor_id, key, fingerprint, headers, body) VALUES (%s, %s, %s, '{}', '')
ON CONFLICT (actor_id, key) DO NOTHING
"""
_READ = "SELECT fingerprint, status, headers, body FROM core_idempotencyrecord WHERE actor_id = %s AND key = %s"
_KEEP = "UPDATE core_idempotencyrecord SET status = %s, headers = %s::jsonb, body = %s WHERE actor_id = %s AND key = %s"


class IdempotencyKeyReused(Invalid):
    code, title = "idempotency_key_reused", "This Idempotency-Key was used for another request"


def answer_once(request: Request, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Run `act` unless this actor's key has an answer already.

    Raises IdempotencyKeyReused when the key came with another request, Invalid when it is no usable key.
    """
    key = request.META[HEADER]
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid.field("Idempotency-Key", "invalid", "Send 1 to 255 printable characters, a UUID for instance.")
    fingerprint = hashlib.sha256(
        b"\0".join([request.method.encode(), request.get_full_path().encode(), request.body])  # type: ignore[union-attr]
    ).digest()
    actor_id = actor_of(request).id
    with transaction.atomic():
        earlier = _claim(actor_id, key, fingerprint)
        if earlier is not None:
            return earlier
        response = _act(request, act)
        if response.status_code >= 500:
            transaction.set_rollback(True)
        else:
            _keep(actor_id, key, response)
        return response


def _claim(actor_id: UUID | None, key: str, fingerprint: bytes) -> HttpResponse | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [actor_id, key, fingerprint])
        if cursor.rowcount:
            return None
        cursor.execute(_READ, [actor_id, key])
        kept_fingerprint, status, headers, body = cursor.fetchone()
    if bytes(kept_fingerprint) != fingerprint:
        raise IdempotencyKeyReused("Send a new key with a new request; this one belongs to an earlier request.")
    replay = HttpResponse(bytes(body), status=status)
    for name, value in (msgspec.json.decode(headers) if isinstance(headers, str) else headers).items():
        replay[name] = value
    replay["Idempotent-Replay"] = "true"
    return replay


def _act(request: Request, act: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        with transaction.atomic():
            return act()
    except Exception as error:
        if translate(error) is None:
            raise
        return problem_for(error, request._request)


def _keep(actor_id: UUID | None, key: str, response: HttpResponse) -> None:
    headers = {name: response[name] for name in ("Content-Type", *KEPT_HEADERS) if name in response}
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP, [response.status_code, msgspec.json.encode(headers).decode(), response.content, actor_id, key]
        )
