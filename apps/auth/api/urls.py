"""Routes of /api/v1/auth/."""

from django.urls import path

from apps.auth.support.api import SupportSessionsView, SupportSessionView, SupportVisitsView, SupportVisitView

from .api_keys import ApiKeyRotationView, ApiKeysView, ApiKeyView
from .invitations import InvitationAcceptView, InvitationResendView, InvitationsView, InvitationView
from .me import MeView, PermissionCheckView
from .mfa import ConfirmMfaView, DisableMfaView, EnrollMfaView, MfaView, RecoveryCodesView, UserMfaView
from .oauth import AuthorizeView, ExchangeView, IdentitiesView, IdentityView, ProvidersView
from .own_email import OwnEmailConfirmView, OwnEmailView
from .own_sign_ins import PasswordView, SessionsView, SessionView
from .passkeys import (
    PasskeyChallengeView,
    PasskeyRemovalView,
    PasskeySignInView,
    PasskeysView,
    PasskeyView,
    SignInChallengeView,
)
from .passwords import PasswordResetConfirmView, PasswordResetView
from .roles import RolesView, RoleView
from .sessions import LoginView, LogoutView, RefreshView, SwitchTenantView
from .users import UserRoleView, UsersView, UserView

urlpatterns = [
    path("login", LoginView.as_view(), name="login"),
    path("refresh", RefreshView.as_view(), name="refresh"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("switch-tenant", SwitchTenantView.as_view(), name="switch-tenant"),
    path("me", MeView.as_view(), name="me"),
    path("me/email", OwnEmailView.as_view(), name="own-email"),
    path("me/email/confirm", OwnEmailConfirmView.as_view(), name="own-email-confirm"),
    path("password", PasswordView.as_view(), name="password"),
    path("password/reset", PasswordResetView.as_view(), name="password-reset"),
    path("password/reset/confirm", PasswordResetConfirmView.as_view(), name="password-reset-confirm"),
    path("sessions", SessionsView.as_view(), name="sign-ins"),
    path("sessions/<uuid:session_id>", SessionView.as_view(), name="sign-in"),
    path("permissions/check", PermissionCheckView.as_view(), name="permissions-check"),
    path("users", UsersView.as_view()),
    path("users/<uuid:user_id>", UserView.as_view()),
    path("users/<uuid:user_id>/role", UserRoleView.as_view()),
    path("support-sessions", SupportSessionsView.as_view()),
    path("support-sessions/<uuid:support_id>", SupportSessionView.as_view()),
    path("support-visits", SupportVisitsView.as_view()),
    path("support-visits/<uuid:support_id>", SupportVisitView.as_view()),
    path("users/<uuid:user_id>/mfa", UserMfaView.as_view()),
    path("mfa", MfaView.as_view()),
    path("mfa/enroll", EnrollMfaView.as_view()),
    path("mfa/confirm", ConfirmMfaView.as_view()),
    path("mfa/disable", DisableMfaView.as_view()),
    path("mfa/recovery-codes", RecoveryCodesView.as_view()),
    path("mfa/passkeys", PasskeysView.as_view(), name="passkeys"),
    path("mfa/passkeys/challenge", PasskeyChallengeView.as_view(), name="passkey-challenge"),
    path("mfa/passkeys/<uuid:passkey_id>", PasskeyView.as_view()),
    path("mfa/passkeys/<uuid:passkey_id>/remove", PasskeyRemovalView.as_view()),
    path("passkeys/challenge", SignInChallengeView.as_view(), name="passkey-sign-in-challenge"),
    path("passkeys/sign-in", PasskeySignInView.as_view(), name="passkey-sign-in"),
    path("invitations", InvitationsView.as_view()),
    path("invitations/accept", InvitationAcceptView.as_view(), name="invitation-accept"),
    path("invitations/<uuid:invitation_id>", InvitationView.as_view()),
    path("invitations/<uuid:invitation_id>/resend", InvitationResendView.as_view()),
    path("oauth", ProvidersView.as_view(), name="oauth"),
    path("oauth/exchange", ExchangeView.as_view(), name="oauth-exchange"),
    path("oauth/<str:provider>/authorize", AuthorizeView.as_view(), name="oauth-authorize"),
    path("identities", IdentitiesView.as_view()),
    path("identities/<uuid:identity_id>", IdentityView.as_view()),
    path("roles", RolesView.as_view()),
    path("roles/<str:name>", RoleView.as_view()),
    path("api-keys", ApiKeysView.as_view()),
    path("api-keys/<uuid:key_id>", ApiKeyView.as_view()),
    path("api-keys/<uuid:key_id>/rotate", ApiKeyRotationView.as_view()),
]
