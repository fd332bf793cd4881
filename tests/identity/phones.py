"""An authenticator app for tests, and people who have one."""

import base64
from datetime import datetime, timedelta

from apps.auth.commands.security_rules import change_security_rules
from apps.auth.mfa.totp import code_at
from apps.core import clock
from apps.core.actor import SYSTEM
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.people import PASSWORD


class Phone:
    """Shows the codes of a secret. Steps are of 30 seconds, counted from when the phone was set up."""

    def __init__(self, secret: str) -> None:
        self.secret, self.since = base64.b32decode(secret), clock.now()

    def code(self, step: int = 0) -> str:
        return code_at(self.secret, at=self.since + timedelta(seconds=30 * step))

    def wrong(self, at: datetime | None = None) -> str:
        """Six digits that are no code around now."""
        near = {code_at(self.secret, at=(at or clock.now()) + timedelta(seconds=30 * step)) for step in range(-3, 4)}
        return next(f"{number:06}" for number in range(10) if f"{number:06}" not in near)


def enrolled(api: Api, password: str = PASSWORD) -> tuple[Phone, list[str]]:
    """Give this person a second factor over the API; the phone's step 0 is spent. Gives the recovery codes too."""
    begun = api.post("auth/mfa/enroll", {"password": password})
    assert begun.status == 200, begun
    phone = Phone(begun.json["secret"])
    confirmed = api.post("auth/mfa/confirm", {"code": phone.code()})
    assert confirmed.status == 200, confirmed
    return phone, confirmed.json["recoveryCodes"]


def require_mfa(tenant: TenantRef, *, required: bool = True) -> None:
    """Have a tenant ask for a second factor."""
    change_security_rules(
        tenant_id=tenant.id,
        changes={"require_mfa": required},
        expected_version=None,
        actor=SYSTEM,
        address="",
        confirmed=True,
        at=clock.now(),
    )
