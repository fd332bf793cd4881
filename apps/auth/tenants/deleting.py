"""Taking a closed tenant away, with all that is its own anywhere in the database."""

import redis
import structlog
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from psycopg import sql

from apps.auth import directory
from apps.auth.actors import SESSION_TENANT
from apps.auth.commands.tenant_checks import TenantUnknown
from apps.auth.models import Membership, Tenant, User
from apps.core import tenancy
from apps.core.errors import Conflict, Invalid
from apps.core.redis_client import client
from apps.core.shared.models import Deadline, Delivery, EventOutbox
from apps.core.tenancy import TenantStatus

from .schemas import alone

log = structlog.get_logger(__name__)


class NotClosed(Conflict):
    code, title = "not_closed", "The tenant is not closed"


def delete_tenant(*, slug: str, confirmed_slug: str) -> None:
    """Delete a closed tenant: its schema, undelivered events, deadlines, members, hosts, sign-ins. No way back.

    All in one transaction, so a kill leaves all or nothing. People who were members of nothing else go with it. Runs
    with the role that owns the tables. Raises TenantUnknown, NotClosed, Invalid where the slug is not repeated.
    """
    if slug != confirmed_slug:
        raise Invalid.field("confirm", "differs", f"Repeat the short name to confirm: {slug}.")
    with alone(), tenancy.public(), transaction.atomic():
        tenant: Tenant | None = Tenant.objects.select_for_update().filter(slug=slug).first()
        if tenant is None:
            raise TenantUnknown(f"There is no tenant {slug}.")
        if tenant.status != TenantStatus.CLOSED:
            raise NotClosed(f"{slug} is {tenant.status}: close it first, and export it if it may be wanted again.")
        _delete_shared_rows(tenant)
        with connection.cursor() as cursor:
            drop = sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(tenant.schema_name))
            cursor.execute(drop.as_string())
    directory.announce()
    _forget_cached(tenant.schema_name)


def _delete_shared_rows(tenant: Tenant) -> None:
    for undelivered in (EventOutbox, Delivery):
        undelivered._default_manager.filter(tenant_schema=tenant.schema_name).delete()
    Deadline.objects.filter(tenant_id=tenant.id).delete()
    for session in Session.objects.iterator():  # what a page's session says is encoded
        if session.get_decoded().get(SESSION_TENANT) == str(tenant.id):
            session.delete()
    members = list(User.objects.filter(memberships__tenant=tenant, is_platform_admin=False))
    tenant.delete()  # its hosts, members and sign-ins hang on it
    for user in members:
        if not Membership._base_manager.filter(user=user).exists():
            user.delete()


def _forget_cached(schema: str) -> None:
    try:
        for key in client().scan_iter(match=f"{schema}:*", count=1000):
            client().delete(key)
    except redis.RedisError as error:  # its name is never used again, and most of it runs out
        log.warning("cached_reads_left", schema=schema, error=str(error))
