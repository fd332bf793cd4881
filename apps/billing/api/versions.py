"""`If-Match` where a change without it is refused."""

from rest_framework.request import Request

from apps.core.errors import DomainError, Invalid


class IfMatchMissing(DomainError):
    status, code, title = 428, "if_match_required", "Say which version you have read"


def require_if_match(request: Request) -> int:
    """The version that a client's change is based on. Raises IfMatchMissing, Invalid."""
    given = request.META.get("HTTP_IF_MATCH", "").strip()
    if not given:
        raise IfMatchMissing("Read it, and send its ETag as If-Match.")
    digits = given.removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise Invalid.field("If-Match", "invalid", 'Send the ETag that you have read, like "3".')
    return int(digits)
