"""Amounts as Stripe writes them."""

from collections.abc import Callable

import pytest

from apps.billing.online.amounts import NotPayableOnline, from_provider, to_provider
from tests.factories.api import Api

from .online import debt as debt
from .online import stripe as stripe

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


@pytest.mark.parametrize(
    ("minor", "currency", "theirs"),
    [(4_000, "INR", 4_000), (500, "JPY", 500), (500, "ISK", 50_000), (50_000, "MGA", 500), (5_120, "KWD", 5_120)],
)
def test_amounts_are_in_the_providers_units(minor: int, currency: str, theirs: int) -> None:
    assert (to_provider(minor, currency), from_provider(theirs, currency)) == (theirs, minor)


@pytest.mark.parametrize(("minor", "currency"), [(5_124, "KWD"), (50_001, "MGA"), (500, "UGX"), (500, "CLF")])
def test_what_the_provider_cannot_say_is_refused(minor: int, currency: str) -> None:
    with pytest.raises(NotPayableOnline):
        to_provider(minor, currency)
