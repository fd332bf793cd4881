"""A town with a history that the reports have heard of."""

import pytest
from django.db import transaction

from apps.core.events.projection import projections
from apps.core.models import LiveProjection
from tests.events.projecting import stored
from tests.reports.town import Town


def hear() -> None:
    """Have every projection grow to all that is stored, in the test's own transaction."""
    for projection in projections():
        with transaction.atomic():
            live, _ = LiveProjection.objects.get_or_create(name=projection.name)
            for table in projection.tables:
                table._default_manager.all().delete()
            projection.apply(stored(projection), live.generation)


@pytest.fixture
def town(in_acme) -> Town:
    """150 things happened at three yards of acme, and the reports have heard of them."""
    town = Town(11)
    town.live(150)
    hear()
    return town
