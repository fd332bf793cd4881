"""django-allauth's apps, for its clients and parsers alone.

Its modules cannot be imported without their models. What its own app configs do at start-up is left out: they ask for a
middleware that looks into each request's session.
"""

from django.apps import AppConfig


class Account(AppConfig):
    name = "allauth.account"
    default_auto_field = "django.db.models.AutoField"


class SocialAccount(AppConfig):
    name = "allauth.socialaccount"
    default_auto_field = "django.db.models.AutoField"
