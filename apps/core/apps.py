from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = "Events and trail"

    def ready(self) -> None:
        from .db import checks  # noqa: F401  # registers itself
