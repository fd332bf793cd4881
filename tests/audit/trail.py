"""Reading a trail in tests."""

import json
from typing import Any

from django.db import connection

from apps.core import tenancy
from apps.core.audit.query import AuditAnswer, AuditFilter, read_audit
from apps.core.tenancy import TenantRef


def trail(tenant: TenantRef, **wanted: Any) -> list[AuditAnswer]:
    """The newest answers of a tenant, the newest first."""
    with tenancy.enter(tenant):
        return read_audit(wanted=AuditFilter(**wanted), limit=100)


def platform_trail(action: str) -> list[dict[str, Any]]:
    """The platform's rows of an action, the newest first."""
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(a) FROM core_shared_platformaudit a WHERE action = %s ORDER BY id DESC", [action]
        )
        return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]
