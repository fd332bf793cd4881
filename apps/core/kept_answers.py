"""Answers that are kept for repeated requests, where what they tell has to go."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

# What is left of such an answer says only that it was given.
_FORGET = """
UPDATE core_idempotencyrecord SET body = '{"erased":true}'
WHERE EXISTS (SELECT FROM unnest(%s::text[]) id WHERE position(convert_to(id, 'UTF8') IN body) > 0)
"""


def forget_answers(*, naming: Iterable[UUID]) -> None:
    """Erase the current tenant's kept answers that name one of these ids, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [[str(one) for one in naming]])
