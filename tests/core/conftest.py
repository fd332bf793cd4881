"""A yard of acme for what needs a call that writes."""

from uuid import UUID

import pytest

from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.sites import open_location


@pytest.fixture
def yard(acme: TenantRef) -> UUID:
    """A location of acme with two places."""
    with tenancy.enter(acme):
        return open_location(name="North yard", capacity=2)
