"""A tenant is suspended by another process: this one knows with the next request."""

from collections.abc import Callable

import pytest

from apps.auth.models import Membership
from apps.core import tenancy
from apps.core.tenancy import TenantRef, TenantStatus
from tests.factories.api import Api
from tests.identity.test_next_request import EMAIL, browser, change_status, device
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sign_in", [device, browser])
def test_a_suspended_tenant_is_written_no_more_and_read_on(acme: TenantRef, sign_in: Callable[[], Api]) -> None:
    with tenancy.public():
        Membership.objects.filter(user__email=EMAIL).update(role="owner")
    api = sign_in()
    place = {"name": "North", "capacity": 5}
    assert api.get("parking/locations").status == 200

    change_status(acme, TenantStatus.SUSPENDED)

    with nothing_written():
        assert_problem(api.post("parking/locations", place), 403, "tenant_suspended")
    assert api.get("parking/locations").status == 200
    change_status(acme, TenantStatus.ACTIVE)
    assert api.post("parking/locations", place).status == 201
