"""Routes of /api/v1/auth/."""

from django.urls import path

from .me import MeView, PermissionCheckView
from .sessions import LoginView, LogoutView, RefreshView, SwitchTenantView

urlpatterns = [
    path("login", LoginView.as_view(), name="login"),
    path("refresh", RefreshView.as_view(), name="refresh"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("switch-tenant", SwitchTenantView.as_view(), name="switch-tenant"),
    path("me", MeView.as_view(), name="me"),
    path("permissions/check", PermissionCheckView.as_view(), name="permissions-check"),
]
