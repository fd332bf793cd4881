"""A client of the REST API, as a front-end would use it."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.test import Client

from apps.auth.commands.opening import open_session
from apps.auth.models import User
from apps.core import clock, tenancy


@dataclass
class Api:
    """Sends JSON to /api/v1/… of a tenant's host and reads the answers, decimals exact."""

    host: str
    token: str | None = None
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    @classmethod
    def signed_in(cls, email: str, tenant: str) -> "Api":
        """As this user in this tenant, without the detour over POST auth/login."""
        ref = tenancy.directory().by_slug(tenant)
        assert ref is not None
        with tenancy.public():
            user = User.objects.get(email=email)
            pair = open_session(
                user=user, membership=user.memberships.select_related("tenant").get(tenant_id=ref.id), at=clock.now()
            )
        return cls(host=f"{tenant}.localhost", token=pair.access)

    def get(self, path: str, /, headers: dict[str, str] | None = None, **query: object) -> "Reply":
        return self._send("GET", path, None, headers, {name: str(value) for name, value in query.items()})

    def post(self, path: str, body: object = None, headers: dict[str, str] | None = None) -> "Reply":
        return self._send("POST", path, body, headers)

    def patch(self, path: str, body: object, headers: dict[str, str] | None = None) -> "Reply":
        return self._send("PATCH", path, body, headers)

    def put(self, path: str, body: object, headers: dict[str, str] | None = None) -> "Reply":
        return self._send("PUT", path, body, headers)

    def delete(self, path: str, headers: dict[str, str] | None = None) -> "Reply":
        return self._send("DELETE", path, None, headers)

    def _send(
        self, method: str, path: str, body: object, headers: dict[str, str] | None, query: dict[str, str] | None = None
    ) -> "Reply":
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, default=str).encode()
        given = {
            "host": self.host,
            **({"authorization": f"Bearer {self.token}"} if self.token else {}),
            **(headers or {}),
        }
        response = self.client.generic(
            method,
            path if path.startswith("/") else f"/api/v1/{path}",
            raw,
            content_type="application/json",
            headers=given,
            query_params=query,
        )
        return Reply(response)


class Reply:
    """An answer: `status`, `json` (decimals exact), headers by `[]`."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = _collected(response)
        self.status = response.status_code

    @property
    def json(self) -> Any:
        return json.loads(self.response.content, parse_float=Decimal)

    @property
    def code(self) -> str | None:
        """The problem's code."""
        return self.json.get("code")

    def __getitem__(self, header: str) -> str:
        return str(self.response[header])

    def __repr__(self) -> str:
        return f"<{self.status} {self.response.content[:500]!r}>"


def _collected(response: Any) -> HttpResponse:
    """A stream's whole content, read after the request as a server would."""
    if not response.streaming:
        return response
    return HttpResponse(response.getvalue(), status=response.status_code, headers=response.headers)
