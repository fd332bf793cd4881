"""Which providers are offered here, and what identity each of them tells."""

import msgspec
from django.conf import settings

from apps.core.errors import NotFound, Unauthenticated, Unavailable

TITLES = {"google": "Google", "microsoft": "Microsoft", "github": "GitHub"}


class ProviderNotFound(NotFound):
    code, title = "provider_not_found", "This sign-in is not offered here"


class ProviderUnavailable(Unavailable):
    code, title = "provider_unavailable", "The provider does not answer"


class IdentityInvalid(Unauthenticated):
    code, title = "identity_invalid", "The provider did not confirm who you are"


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as the environment configures it; `directory` is Microsoft's alone, `api_url` GitHub's."""

    name: str
    client_id: str
    secret: str
    url: str
    api_url: str = ""
    directory: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.name]


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a provider says that somebody is. `subject` never changes hands there; an e-mail address may.

    `email` is in lower case, and empty unless the provider has verified that it is the person's.
    """

    provider: str
    subject: str
    email: str
    name: str


def offered() -> list[Provider]:
    """The configured providers."""
    return [Provider(name=name, **facts) for name, facts in settings.SIGN_IN_PROVIDERS.items()]


def get_provider(name: str) -> Provider:
    """Raises ProviderNotFound for one that is unknown or not configured."""
    for provider in offered():
        if provider.name == name:
            return provider
    raise ProviderNotFound("See GET auth/oauth for those that are.")
