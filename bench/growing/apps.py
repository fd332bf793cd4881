from django.apps import AppConfig


class GrowingConfig(AppConfig):
    name = "bench.growing"
    label = "growing"
