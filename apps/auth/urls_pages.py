"""Routes of the pages to sign in and out."""

from django.urls import path

from . import pages
from .mail.pages import forgot_password, invitation, new_password
from .mfa.pages import second_factor

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-out/", pages.sign_out, name="sign-out"),
    path("second-factor/", second_factor, name="second-factor"),
    path("forgot-password/", forgot_password, name="forgot-password"),
    path("reset-password/", new_password, name="reset-password"),
    path("invitation/", invitation, name="invitation"),
]
