"""Where a query goes: to the tenant entered, or nowhere. Never to `public` for want of something better."""

from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, connection

from apps.auth.models import Tenant, User
from apps.auth.models.tenants import new_schema_name
from apps.core import tenancy
from apps.core.db import migrating
from apps.core.db.base import TenantSchemaMissing
from apps.core.ids import new_id
from apps.core.models import Event
from apps.core.tenancy import SCHEMA_NAME, TenantRef
from tests.tenancy.where import schema_met

MISSING = "t_00000000missing"


def stranger(schema: str) -> TenantRef:
    return TenantRef(id=new_id(), slug="x", name="X", schema=schema, currency="INR", timezone="UTC")


def test_control_a_missing_schema_falls_through_to_public(bare: "psycopg.Connection[Any]") -> None:
    bare.execute(f'SET search_path = "{MISSING}", public')

    assert bare.execute("SELECT count(*) FROM identity_user").fetchone() != (0,)


@pytest.mark.django_db
def test_a_missing_schema_is_an_error(acme: TenantRef) -> None:
    with tenancy.enter(stranger(MISSING)), pytest.raises(TenantSchemaMissing):
        User.objects.count()
    with tenancy.enter(acme):
        assert schema_met() == acme.schema, "and the connection goes on working"


def test_control_a_fresh_session_of_the_role_reads_public(bare: "psycopg.Connection[Any]") -> None:
    assert bare.execute("SELECT count(*) FROM identity_user").fetchone() != (0,)


@pytest.mark.django_db
def test_with_nothing_entered_there_are_no_tables(acme: TenantRef) -> None:
    assert schema_met() == "none"
    with pytest.raises(ProgrammingError, match="does not exist"):
        User.objects.count()


@pytest.mark.django_db
def test_in_public_there_are_no_tables_of_a_tenant(acme: TenantRef) -> None:
    with tenancy.public(), pytest.raises(ProgrammingError, match="does not exist"):
        Event.objects.count()


@pytest.mark.django_db
def test_a_queryset_carried_out_of_its_tenant_fails(acme: TenantRef) -> None:
    with tenancy.enter(acme):
        events = Event.objects.all()

    with pytest.raises(ProgrammingError, match="does not exist"):
        list(events)


@pytest.mark.django_db
def test_leaving_restores_what_was_entered_before_whatever_happens(acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.enter(acme):
        with suppress(ZeroDivisionError), tenancy.enter(globex):
            assert schema_met() == globex.schema
            _ = 1 / 0
        assert tenancy.current() == acme
        assert schema_met() == acme.schema
    assert tenancy.find_current() is None


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["set_tenant", "set_schema_to_public", "set_schema"])
def test_the_librarys_ways_in_are_shut(acme: TenantRef, way: str) -> None:
    arguments = [] if way == "set_schema_to_public" else ["t_1234567890abcdef"]
    with pytest.raises(RuntimeError, match=r"apps\.core\.tenancy"):
        getattr(connection, way)(*arguments)


BAD_NAMES = [
    "public",
    "pg_catalog",
    "acme",
    "t_short",
    "t_ABCDEFGH",
    "t_" + "a" * 41,
    "t_12345678\n",
    't_12345678", public; DROP SCHEMA public; --',
    "t_12345678'",
]


@pytest.mark.django_db
@pytest.mark.parametrize("schema", BAD_NAMES)
def test_only_names_of_our_making_reach_the_database(acme: TenantRef, schema: str) -> None:
    with pytest.raises(ValueError, match="not a schema name of ours"), tenancy.enter(stranger(schema)):
        pass
    with pytest.raises(ValueError, match="not a schema name of ours"):
        migrating.create_schema(schema)
    with tenancy.public(), pytest.raises(ValidationError) as refusal:
        Tenant(slug="some", name="Some", schema_name=schema).clean_fields()
    assert "schema_name" in refusal.value.message_dict


def test_our_own_names_fit() -> None:
    names = {new_schema_name() for _ in range(200)}

    assert len(names) == 200
    assert all(SCHEMA_NAME.fullmatch(name) for name in names)
