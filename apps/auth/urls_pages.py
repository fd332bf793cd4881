"""Routes of the pages to sign in and out."""

from django.urls import path

from . import pages
from .mail.pages import forgot_password, invitation, new_password
from .mfa.pages import second_factor
from .providers.pages import from_provider, to_provider
from .ways_in import confirm_email, ways_in

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-in/<str:provider>/", to_provider, name="sign-in-provider"),
    path("sign-in/<str:provider>/callback/", from_provider, name="sign-in-callback"),
    path("confirm-email/", confirm_email, name="confirm-email"),
    path("ways-in/", ways_in, name="ways-in"),
    path("sign-out/", pages.sign_out, name="sign-out"),
    path("second-factor/", second_factor, name="second-factor"),
    path("forgot-password/", forgot_password, name="forgot-password"),
    path("reset-password/", new_password, name="reset-password"),
    path("invitation/", invitation, name="invitation"),
]
