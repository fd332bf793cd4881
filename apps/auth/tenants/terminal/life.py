"""`tenant list|suspend|reactivate|close|delete|host`: a tenant's life from a terminal."""

from argparse import ArgumentParser
from typing import Any

from apps.auth.commands.domains import add_domain, make_primary, remove_domain
from apps.auth.commands.security_rules import change_security_rules
from apps.auth.commands.tenant_changes import TenantChanges, change_tenant
from apps.auth.tenant_queries import find_tenant, list_tenants
from apps.auth.tenants.deleting import delete_tenant
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.tenancy import TenantStatus

from .subcommand import Say, Subcommand


class List(Subcommand):
    """say which tenants there are, and where they are served"""

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        with tenancy.public():
            for tenant in list_tenants():
                hosts = sorted(tenant.domains.all(), key=lambda one: not one.is_primary)
                say(f"{tenant.slug:20} {tenant.status:13} {', '.join(one.domain for one in hosts)}")


class _ToStatus(Subcommand):
    status: TenantStatus

    @staticmethod
    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--reason", default="", help="why, for whoever looks later")

    @classmethod
    def run(cls, options: dict[str, Any], say: Say) -> None:
        tenant = find_tenant(slug=options["slug"])
        changes = TenantChanges(status=cls.status, reason=options["reason"])
        change_tenant(tenant_id=tenant.id, changes=changes, at=clock.now())
        say(f"{tenant.slug} is {cls.status}.")


class Suspend(_ToStatus):
    """let a tenant be read and not written"""

    status = TenantStatus.SUSPENDED


class Reactivate(_ToStatus):
    """let a suspended tenant go on"""

    status = TenantStatus.ACTIVE


class Close(_ToStatus):
    """end a tenant for good: nobody signs in any more, its data stays until it is deleted"""

    status = TenantStatus.CLOSED


class Delete(Subcommand):
    """delete a closed tenant with all its data; there is no way back but an export"""

    @staticmethod
    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--confirm", required=True, metavar="SLUG", help="the short name once more")

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        delete_tenant(slug=options["slug"], confirmed_slug=options["confirm"])
        say(f"{options['slug']} is deleted.")


class Admit(Subcommand):
    """let a tenant's people in from everywhere again, who have shut themselves out by allowedIpRanges"""

    @staticmethod
    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("slug")

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        tenant = find_tenant(slug=options["slug"])
        change_security_rules(
            tenant_id=tenant.id, changes={"allowed_ip_ranges": ()}, expected_version=None, actor=SYSTEM, address="",
            confirmed=True, at=clock.now(),
        )  # fmt: skip
        say(f"{tenant.slug} is entered from any address again.")


class Host(Subcommand):
    """serve a tenant under one more host, under one less, or make one its main one"""

    @staticmethod
    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("how", choices=["add", "remove", "primary"])
        parser.add_argument("slug")
        parser.add_argument("host")

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        tenant, host = find_tenant(slug=options["slug"]), options["host"]
        if options["how"] == "add":
            add_domain(tenant_id=tenant.id, host=host)
        elif options["how"] == "remove":
            remove_domain(tenant_id=tenant.id, host=host)
        else:
            make_primary(tenant_id=tenant.id, host=host)
        say(f"{tenant.slug}: {options['how']} {host.lower()}, done.")
