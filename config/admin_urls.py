"""The admin: the platform's on its own host, the tenant's on a tenant's host."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
