"""What a browser is told of each answer: from where it may load, who may frame it, what it must not keep.

The header names are those of the OWASP Secure Headers Project; `docs/security.md` tells which page needs what.
"""

from django.http import HttpRequest, HttpResponse

_NOBODY_FRAMES = "base-uri 'none'; frame-ancestors 'none'"
DATA = f"default-src 'none'; {_NOBODY_FRAMES}; form-action 'none'"
"""For whatever is no page: JSON, files, scripts and pictures that somebody opens by themselves."""

# Alpine.js, which the admin's theme is made with, compiles the expressions in its attributes; its colours come as a
# style element. What a script may be loaded from stays our own host.
ADMIN = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    f"img-src 'self' data:; connect-src 'self'; form-action 'self'; {_NOBODY_FRAMES}"
)
DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    f"img-src 'self' data:; connect-src 'self'; form-action 'none'; {_NOBODY_FRAMES}"
)
FEATURES = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
"""Permissions-Policy: no page of ours uses any of these."""

# Four of them are Django's too, whose middleware does not see what is refused before it.
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", FEATURES),
)


def page_policy(*, form_targets: str = "'self'", scripts: str = "", calls: str = "", frames: str = "") -> str:
    """The policy of our own pages: nothing inline, no other host. `form_targets` is where forms may lead.

    A page that works with another house's script names the origins of its `scripts`, `calls` and `frames`.
    """
    policy = (
        f"default-src 'none'; script-src {_with_own(scripts)}; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data:; connect-src {_with_own(calls)}; form-action {form_targets}; {_NOBODY_FRAMES}"
    )
    return f"{policy}; frame-src {frames}" if frames else policy


def _with_own(origins: str) -> str:
    return f"'self' {origins}".rstrip()


PAGE = page_policy()


def add_security_headers(request: HttpRequest, response: HttpResponse) -> None:
    """Give an answer the headers that it has not got from its view."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _policy(request.path_info, headers.get("Content-Type", "")))
    for name, value in _ALWAYS:
        headers.setdefault(name, value)
    if request.path_info.startswith("/api/v1/"):
        headers.setdefault("Cache-Control", "no-store")


def _policy(path: str, content_type: str) -> str:
    if not content_type.startswith("text/html"):
        return DATA
    if path.startswith("/admin/"):
        return ADMIN
    return DOCS if path.startswith("/api/docs") else PAGE
