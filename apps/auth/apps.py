from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "apps.auth"
    label = "identity"  # the label "auth" is Django's own
    verbose_name = "Identity"

    def ready(self) -> None:
        from apps.core import tenancy
        from apps.core.admin.access import set_access
        from apps.core.audit.origin import set_address_reader

        from .access import AdminAccess
        from .api import openapi  # noqa: F401  # registers itself
        from .directory import CachedDirectory
        from .security.addresses import address_of

        tenancy.set_directory(CachedDirectory())
        set_access(AdminAccess())
        set_address_reader(address_of)
