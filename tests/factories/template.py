"""Fills the template database: tenants acme and globex, a member of each role in each, one platform administrator."""

from datetime import UTC, datetime

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from apps.auth.commands.signing_keys import ensure_signing_key  # noqa: E402
from apps.auth.commands.tenants import create_tenant  # noqa: E402
from apps.auth.models import Membership, User  # noqa: E402
from apps.auth.roles import Role  # noqa: E402
from apps.core import tenancy  # noqa: E402

PASSWORD = "parking-demo"


def main() -> None:
    call_command("migrate", verbosity=0)
    ensure_signing_key(at=datetime(2020, 1, 1, tzinfo=UTC))  # tests that travel back sign in as well
    with tenancy.public():
        User.objects.create_superuser("root@parking.example", PASSWORD)
    for slug, currency, timezone in (("acme", "INR", "Asia/Kolkata"), ("globex", "EUR", "Europe/Amsterdam")):
        tenant = create_tenant(
            slug=slug, name=slug.title(), host=f"{slug}.localhost", currency=currency, timezone=timezone
        )
        with tenancy.public():
            for role in Role:
                user = User.objects.create_user(
                    f"{role}@{slug}.example", PASSWORD, full_name=f"{role} of {slug}".title()
                )
                Membership.objects.create(user=user, tenant_id=tenant.id, role=role)


if __name__ == "__main__":
    main()
