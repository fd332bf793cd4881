"""`ETag` and `If-Match`: a lost update is a 412, never silent."""

import re

from rest_framework.request import Request

from apps.core.errors import Invalid


def etag(version: int) -> str:
    """A version as an ETag."""
    return f'"{version}"'


def read_if_match(request: Request) -> int | None:
    """The version that a client's change is based on; None where it named none, or any by `*`. Raises Invalid."""
    given = request.META.get("HTTP_IF_MATCH")
    if given is None or given.strip() == "*":
        return None
    version = re.fullmatch(r'\s*"(\d{1,18})"\s*', given)
    if version is None:
        raise Invalid.field("If-Match", "invalid", 'Send the ETag that you read, quotes included: If-Match: "3".')
    return int(version[1])
