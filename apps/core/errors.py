"""What the domain refuses, with the HTTP status that an edge answers.

A concrete error is defined beside the code that raises it, named for the fact, and carries a stable
machine-readable `code`. `facts` are extra members of the problem document (RFC 9457, section 3.2).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its name on the wire, a stable code, and what to do about it."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """A refusal. Nothing was written; the message says what to do."""

    status = 400
    code = "refused"
    title = "The request was refused"
    audited = True  # whether being refused so is put into the audit trail, where its status is (core.audit.refusals)

    def __init__(
        self,
        detail: str = "",
        *,
        errors: tuple[FieldError, ...] = (),
        facts: dict[str, object] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors
        self.facts = facts or {}
        self.retry_after_seconds = retry_after_seconds


class Unreadable(DomainError):
    status, code, title = 400, "unreadable", "The request could not be read"


class Unauthenticated(DomainError):
    status, code, title = 401, "not_authenticated", "Sign in first"


class Forbidden(DomainError):
    status, code, title = 403, "forbidden", "You may not do this"


class NotFound(DomainError):
    status, code, title = 404, "not_found", "There is no such thing here"


class Conflict(DomainError):
    status, code, title = 409, "conflict", "The state does not allow this"


class Stale(DomainError):
    status, code, title = 412, "stale", "Someone changed this since you read it"


class TooLarge(DomainError):
    status, code, title = 413, "too_large", "The request is too large"


class Invalid(DomainError):
    status, code, title = 422, "invalid", "Some values are not valid"

    @classmethod
    def field(cls, field: str, code: str, message: str) -> "Invalid":
        """A refusal of one field."""
        return cls(message, errors=(FieldError(field, code, message),))


class TooMany(DomainError):
    status, code, title = 429, "too_many_requests", "Too many requests"


class Unavailable(DomainError):
    status, code, title = 503, "unavailable", "A part of the platform is down"

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 5) -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds)
