"""A transaction belongs to one tenant: its hooks run there, and it is left before another is entered."""

import pytest
from django.db import transaction

from apps.core import tenancy
from apps.core.tenancy import TenantRef, TenantSwitchInTransaction
from tests.tenancy.where import schema_met

pytestmark = pytest.mark.usefixtures("own_database")


def test_no_other_tenant_is_entered_inside_a_transaction(acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.enter(acme), transaction.atomic():
        with pytest.raises(TenantSwitchInTransaction), tenancy.enter(globex):
            pass
        with pytest.raises(TenantSwitchInTransaction), tenancy.public():
            pass
        assert schema_met() == acme.schema
        with tenancy.enter(acme):  # the same is no switch
            assert schema_met() == acme.schema


def test_a_hook_runs_in_the_tenant_of_its_transaction(acme: TenantRef, globex: TenantRef) -> None:
    met: list[str] = []
    with tenancy.enter(globex), tenancy.enter(acme):
        with transaction.atomic():
            transaction.on_commit(lambda: met.append(schema_met()))
            with transaction.atomic():
                transaction.on_commit(lambda: met.append(schema_met()))
        with tenancy.enter(globex):
            assert met == [acme.schema, acme.schema]


def test_a_transaction_begun_nowhere_reaches_no_tenant(acme: TenantRef) -> None:
    with transaction.atomic():
        with pytest.raises(TenantSwitchInTransaction), tenancy.enter(acme):
            pass
        assert schema_met() == "none"
