"""Google, Microsoft and GitHub on the loopback address: the endpoints that each has, spoken to over real HTTP.

Where a browser is sent, the stand-in signs it in at once as `person` and sends it back with a code, as a provider does
whose user is signed in there already.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import override_settings
from jwt.algorithms import RSAAlgorithm

DIRECTORY = "0f8fad5b-d9cb-469f-a165-70867728950e"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
CLIENT, SECRET = "client-of-ours", "secret-of-ours"
NAMES = ("google", "microsoft", "github")


class StandIn:
    """A provider's side: whom it signs in, and what is wrong with it just now."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.key, self.other_key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        self.reset()

    def reset(self) -> None:
        self.person: dict[str, Any] = {"subject": "1001", "email": "operator@acme.example", "verified": True}
        self.claims: dict[str, Any] = {}
        self.signed_by, self.algorithm, self.header = self.key, "RS256", {"kid": "one"}
        self.down, self.slow_seconds, self.cancels = False, 0.0, False
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    def settings(self, *names: str, **more: Any) -> Any:
        """The platform's settings with these providers configured."""
        urls: dict[str, dict[str, str]] = {
            "google": {"url": f"{self.base}/google"},
            "microsoft": {"url": f"{self.base}/microsoft", "directory": "common"},
            "github": {"url": f"{self.base}/github", "api_url": f"{self.base}/github/api"},
        }
        given = {name: {"client_id": CLIENT, "secret": SECRET, **urls[name]} for name in names or NAMES}
        given = {name: facts | more.get(name, {}) for name, facts in given.items()}
        return override_settings(SIGN_IN_PROVIDERS=given)

    def answer(self, url: str) -> str:
        """Where a browser is sent that follows this address: to the provider, whose person agrees, and back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        if self.cancels:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        code = uuid4().hex
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, name: str, form: dict[str, str]) -> tuple[int, Any]:
        """The token endpoint: a code is good once, for who began and kept the verifier."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        good = asked is not None and asked["redirect_uri"] == form["redirect_uri"]
        if not good or asked["code_challenge"] != challenge or form.get("client_secret") != SECRET:  # type: ignore[index]
            return (200 if name == "github" else 400), {"error": "invalid_grant"}
        assert asked is not None
        if name == "github":
            return 200, {"access_token": "gho_1", "token_type": "bearer", "scope": "user:email"}
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(name, asked["nonce"])}

    def id_token(self, name: str, nonce: str) -> str:
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": f"{self.base}/google",
            "aud": CLIENT,
            "sub": self.person["subject"],
            "email": self.person["email"],
            "name": "Operator at a provider",
            "nonce": nonce,
            "iat": now,
            "exp": now + 3600,
        }
        if name == "google":
            said |= {"azp": CLIENT, "email_verified": self.person["verified"]}
        else:
            said |= {"iss": f"{self.base}/microsoft/{DIRECTORY}/v2.0", "tid": DIRECTORY, "oid": "o", "ver": "2.0"}
            said |= {"xms_edov": True} if self.person["verified"] else {}
        said = {claim: value for claim, value in (said | self.claims).items() if value is not None}
        key: Any = self.signed_by if self.algorithm == "RS256" else "s" * 40 if self.algorithm == "HS256" else None
        return jwt.encode(said, key, self.algorithm, headers=self.header)

    def get(self, path: str) -> tuple[int, Any]:
        if path.endswith("/.well-known/openid-configuration"):
            base = f"{self.base}{path.removesuffix('/.well-known/openid-configuration')}"
            issuer = f"{self.base}/microsoft/{{tenantid}}/v2.0" if "microsoft" in path else base
            keys = {"token_endpoint": f"{base}/token", "jwks_uri": f"{base}/keys"}
            return 200, {"issuer": issuer, "authorization_endpoint": f"{base}/authorize", **keys}
        if path.endswith("/keys"):
            public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return 200, {"keys": [public | {"kid": "one", "use": "sig", "alg": "RS256"}]}
        if path == "/github/api/user":
            return 200, {"id": int(self.person["subject"]), "login": "op", "name": None, "email": "shown@x.example"}
        if path == "/github/api/user/emails":
            own = {"email": self.person["email"], "primary": True, "verified": self.person["verified"]}
            return 200, [{"email": "old@x.example", "primary": False, "verified": True}, own]
        return 404, {}


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in that serves on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.provider = provider = StandIn(server.server_port)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        provider: StandIn = self.server.provider  # type: ignore[attr-defined]
        path = urlsplit(self.path).path
        if path.endswith("/authorize"):
            self.send_response(302)
            self.send_header("Location", provider.answer(self.path))
            self.end_headers()
            return
        self._answer(provider, lambda: provider.get(path))

    def do_POST(self) -> None:
        provider: StandIn = self.server.provider  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(raw).items()}
        name = urlsplit(self.path).path.split("/")[1]
        self._answer(provider, lambda: provider.token(name, form))

    def _answer(self, provider: StandIn, answer: Any) -> None:
        provider.asked.append(self.path)
        time.sleep(provider.slow_seconds)
        status, body = (503, {"error": "temporarily_unavailable"}) if provider.down else answer()
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *words: Any) -> None:
        """Say nothing."""
