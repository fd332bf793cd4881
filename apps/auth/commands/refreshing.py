"""Changing a refresh token for a new pair. Each is good once."""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction

from apps.auth import tokens
from apps.auth.models import Membership, SignInSession
from apps.auth.security.addresses import IpNotAllowed, is_allowed
from apps.auth.security.remembered import present_rules
from apps.auth.tenant_choice import NotAMember, TenantMismatch
from apps.auth.tokens import InvalidToken, TokenPair
from apps.core import audit, tenancy
from apps.core.errors import DomainError, Unauthenticated
from apps.core.tenancy import TenantRef

from .ending import end_session
from .opening import issue, pair_of
from .signing_keys import ensure_signing_key

RETRIED_WITHIN = timedelta(seconds=60)


class RefreshTokenReused(Unauthenticated):
    code, title = "refresh_token_reused", "This refresh token was used before"


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a new pair: from which address, at which tenant's host, and by which Idempotency-Key, if any."""

    address: str = ""
    host_tenant: TenantRef | None = None
    retry_key: str = ""


def refresh(
    *, refresh_token: str, host_tenant: TenantRef | None, at: datetime, address: str = "", retry_key: str = ""
) -> TokenPair:
    """A new pair of the same sign-in, with the role that the person has now; the token given is spent.

    A spent token that comes again is in two hands, and nobody knows which is the thief's: the sign-in ends for
    both (RFC 9700, section 4.14.2). Of two at once one wins, by the row's lock. A client that lost the answer proves
    by the `retry_key` of its first call that it is the same one, and gets the same pair for a minute. Raises
    InvalidToken, RefreshTokenReused, TenantMismatch, NotAMember, IpNotAllowed.
    """
    session_id, jti = tokens.read_refresh(refresh_token)
    ensure_signing_key(at=at)
    asking = Asking(address=address, host_tenant=host_tenant, retry_key=retry_key)
    with tenancy.public():
        with transaction.atomic():
            session = lock_session(session_id)
            outcome = spend(session, jti=jti, asking=asking, at=at)
        if isinstance(outcome, DomainError):  # raised only now: the session's end must be committed
            raise outcome
    return outcome


def lock_session(session_id: UUID) -> SignInSession:
    """The sign-in's row, held until the transaction ends. Raises InvalidToken where there is none."""
    sessions = SignInSession.objects.select_for_update(of=("self",)).select_related("user", "tenant")
    session = sessions.filter(id=session_id).first()
    if session is None:
        raise InvalidToken("This sign-in is not known; sign in again.")
    return session


def spend(session: SignInSession, *, jti: UUID, asking: Asking, at: datetime) -> TokenPair | DomainError:
    """The next pair, or why there is none; a refusal that ends the session has ended it."""
    if session.ended_at is not None or session.expires_at <= at:
        return InvalidToken("This sign-in has ended; sign in again.")
    again = jti != session.refresh_jti
    if again and not _is_retry(session, jti=jti, asking=asking, at=at):
        end_session(session, why="refresh token reused", at=at)
        audit.record("user.refresh_token_reused", audit.Subject("sign_in", session.id), tenant_id=session.tenant_id)
        return RefreshTokenReused("The sign-in has ended, for the token may be stolen; sign in again.")
    refusal = _refusal(session, asking=asking, at=at)
    if refusal is not None:
        return refusal
    role = ""
    if session.tenant_id is not None:
        membership = Membership.objects.filter(user_id=session.user_id, tenant_id=session.tenant_id).first()
        if membership is None:
            end_session(session, why="no longer a member", at=at)
            return NotAMember("You are no longer a member of this tenant.")
        role = membership.role
    if again:
        return pair_of(session, role=role)
    session.spent_jti, session.retry_digest, session.last_used_at = jti, _digest(asking.retry_key), at
    pair = issue(session, role=role, at=at)
    session.save(
        update_fields=["refresh_jti", "spent_jti", "retry_digest", "refreshed_at", "last_used_at", "expires_at"]
    )
    return pair


def _refusal(session: SignInSession, *, asking: Asking, at: datetime) -> DomainError | None:
    host = asking.host_tenant
    if host is not None and host.id != session.tenant_id:
        return TenantMismatch(f"Sign in at {host.slug}, or refresh at your own tenant's host.")
    if not session.user.is_active:
        end_session(session, why="user deactivated", at=at)
        return InvalidToken("This user has been deactivated.")
    rules = present_rules(session.tenant_id)
    if not is_allowed(rules, asking.address):
        return IpNotAllowed("Refresh from a network of your operator's.")
    if at - session.last_used_at > timedelta(minutes=rules.session_timeout_minutes + 1):
        end_session(session, why="timed out", at=at)
        return InvalidToken("This sign-in was not used for too long; sign in again.")
    return None


def _is_retry(session: SignInSession, *, jti: UUID, asking: Asking, at: datetime) -> bool:
    """Whether this is the last refresh once more, by the same client: it alone knows the key that it made up."""
    known = session.retry_digest
    if not known or jti != session.spent_jti or at - session.refreshed_at > RETRIED_WITHIN:
        return False
    return hmac.compare_digest(known, _digest(asking.retry_key))


def _digest(retry_key: str) -> str:
    return hashlib.sha256(retry_key.encode()).hexdigest() if retry_key else ""
