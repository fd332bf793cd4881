"""A person at a browser."""

from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

PASSWORD = "parking-demo"

_CALL = """async ([method, path, body]) => {
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const sent = body === null ? undefined : JSON.stringify(body);
    const answer = await fetch("/api/v1/" + path, { method, headers, body: sent });
    return [answer.status, await answer.json()];
}"""


@dataclass
class Visitor:
    """One browser profile on one tenant's host; `complaints` are the errors that its console told of."""

    browser: Browser
    port: int
    tenant: str = "acme"
    options: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context: BrowserContext = self.browser.new_context(**{"locale": "en-GB", **self.options})
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"http://{host or f'{self.tenant}.localhost'}:{self.port}{path}"

    def go(self, path: str) -> Page:
        self.page.goto(self.url(path))
        return self.page

    def sign_in(self, role: str = "operator", path: str = "/") -> "Visitor":
        """As that role of this visitor's tenant, ending at the path."""
        self.go(f"/sign-in/?next={path}")
        self.page.get_by_label("E-mail").fill(f"{role}@{self.tenant}.example")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page).to_have_url(self.url(path))
        return self

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The API's answer to the signed-in person; a refusal fails the test."""
        status, answer = self.page.evaluate(_CALL, [method, path, body])
        assert status < 400, (status, answer)
        return answer

    def stand_at(self, location_id: UUID | str) -> None:
        """This device's gate is at that location, as if chosen earlier."""
        script = f"localStorage.setItem('parking.gate.location', '{location_id}')"
        self.page.evaluate(script)

    def type_plate(self, plate: str) -> None:
        self.page.keyboard.type(plate)

    def leave(self) -> None:
        self.context.close()


def act_on(request: Request) -> int:
    """Bring the request to the server as the browser would have; gives the status that the browser never sees."""
    address = urlsplit(request.url)
    connection = HTTPConnection("127.0.0.1", address.port, timeout=10)
    headers = {**request.all_headers(), "host": address.netloc}
    connection.request(request.method, address.path, request.post_data_buffer, headers)
    return connection.getresponse().status
