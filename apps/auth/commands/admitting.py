"""Taking a person into a tenant by e-mail address, whether the platform knows them or not."""

from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.auth.models import Membership, User
from apps.auth.page_sessions import public_in_sight
from apps.core.actor import Actor
from apps.core.errors import Invalid
from apps.core.reach import Locations

from .members import add_member


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to take in, as what and where. `full_name` is what the tenant calls the person."""

    email: str
    full_name: str
    role: str
    locations: Locations = None


def admit_person(*, person: Newcomer, tenant_id: UUID, actor: Actor) -> Membership:
    """Make the person with this e-mail address a member.

    An unknown address gets an account that nobody can sign in to with a password until its owner sets one. The answer
    is alike for both, and whoever is known already keeps name and password: one tenant learns and changes nothing of
    what a person is elsewhere. Raises AlreadyAMember, OwnerEverywhere, GrantsTooMuch, NotYourLocations, Invalid.
    """
    email, name = person.email.strip().lower(), person.full_name.strip()
    with public_in_sight(), transaction.atomic():
        user = User.objects.filter(email=email).first() or _new_user(email, name)
        member = add_member(
            user_id=user.id,
            tenant_id=tenant_id,
            role=person.role,
            actor=actor,
            locations=person.locations,
            full_name="" if user.full_name == name else name,
        )
    member.user = user
    return member


def _new_user(email: str, full_name: str) -> User:
    user = User(email=email, full_name=full_name)
    user.set_unusable_password()
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        field = next(iter(error.message_dict))
        wire = "fullName" if field == "full_name" else field
        raise Invalid.field(wire, "invalid", f"{wire}: {' '.join(error.message_dict[field])}") from error
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:  # somebody else has just made the account
        return User.objects.get(email=email)
    return user
