from django.apps import AppConfig


class CoreSharedConfig(AppConfig):
    name = "apps.core.shared"
    label = "core_shared"
    verbose_name = "Delivery"
