"""One attempt of a stranger, and bodies that several of them send."""

import json
from dataclasses import dataclass
from string import Template
from typing import Any

from tests.factories.api import Api
from tests.refusals import assert_problem

from .scene import Scene

CAR = {"vehicleNumber": "XX 1", "vehicleType": "car"}
MARCH = "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z"
MARCH_BODY = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}


@dataclass(frozen=True)
class Attempt:
    """A call at acme's things, whose ids stand for their names in braces, and how it must end."""

    path: str
    status: int
    code: str = ""
    body: Any = None

    def by(self, stranger: Api, method: str, acme: Scene) -> None:
        body = json.loads(Template(json.dumps(self.body)).substitute(acme))
        headers = {"If-Match": '"1"'} if method in ("PATCH", "POST") else None
        reply = stranger._send(method, self.path.format(**acme), None if method == "GET" else body, headers)
        if self.status >= 400:
            assert_problem(reply, self.status, self.code)
        else:
            assert reply.status == self.status, reply
            if self.code == "file":
                return
            assert reply.json.get("items", []) == [] or self.code == "own", reply
