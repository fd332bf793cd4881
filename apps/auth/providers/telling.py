"""Having the worker tell a person that an account of theirs elsewhere opens this one from now on."""

from django.db import transaction

from apps.auth.mail.tasks import mail_provider_linked
from apps.auth.models import User
from apps.core.tenancy import TenantRef

from .configured import Identity


def tell_of_link(identity: Identity, user: User, tenant: TenantRef | None) -> None:
    """Write it once the link is committed; a broker that is away keeps nobody out."""
    told = (user.email, identity.provider, identity.email, tenant.name if tenant else "Parking")
    transaction.on_commit(lambda: mail_provider_linked.delay(*told), robust=True)
