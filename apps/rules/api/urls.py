"""Routes of /api/v1/rules/."""

from django.urls import path

from .business_rules import BusinessRulesHistoryView, BusinessRulesView
from .tenants import TenantHostsView, TenantHostView, TenantsView, TenantView

urlpatterns = [
    path("business-rules", BusinessRulesView.as_view(), name="business-rules"),
    path("business-rules/history", BusinessRulesHistoryView.as_view(), name="business-rules-history"),
    path("tenants", TenantsView.as_view(), name="tenants"),
    path("tenants/<uuid:tenant_id>", TenantView.as_view(), name="tenant"),
    path("tenants/<uuid:tenant_id>/hosts", TenantHostsView.as_view(), name="tenant-hosts"),
    path("tenants/<uuid:tenant_id>/hosts/<str:host>", TenantHostView.as_view(), name="tenant-host"),
]
