"""What every REST endpoint shares: bodies, answers, problems, paging, idempotency, and their OpenAPI."""

from .bodies import Body, read_body, read_query
from .replies import Answer, reply
from .views import ApiView

__all__ = ["Answer", "ApiView", "Body", "read_body", "read_query", "reply"]
