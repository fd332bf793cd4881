"""`tenant export` and `tenant import`: one tenant as one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.auth.models import Tenant
from apps.auth.tenants.exporting import export_tenant, summary
from apps.auth.tenants.importing import import_tenant
from apps.core import clock, tenancy
from apps.core.events.projection import projections
from apps.core.events.projection_rebuild import rebuild

from .subcommand import Say, Subcommand


class Export(Subcommand):
    """write a tenant to a new file: its rows, undelivered events and deadlines, and its people without secrets"""

    @staticmethod
    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path)

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        try:
            say(summary(export_tenant(slug=options["slug"], path=options["file"], at=clock.now())))
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror or 'it exists'}.") from error


class Import(Subcommand):
    """make a tenant of such a file, here or on another server, under another short name"""

    @staticmethod
    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="slug", required=True, metavar="SLUG")
        parser.add_argument("--host", help="where it is served (default: SLUG under the served domain)")

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        path, slug = options["file"], options["slug"]
        try:
            tenant = import_tenant(path=path, slug=slug, host=options["host"], at=clock.now())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        _grow_projections(tenant)
        say(f"{tenant.name} is ready as {tenant.slug}; its people ask for a password, and its keys are made anew.")


def _grow_projections(tenant: Tenant) -> None:
    """From the store: up to where a rebuild had read it was told in the numbers of the other server's transactions."""
    here = tenancy.directory().by_slug(tenant.slug)
    assert here is not None
    with tenancy.enter(here):
        for projection in projections():
            rebuild(projection, at=clock.now())
