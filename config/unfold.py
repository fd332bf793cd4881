"""How the admin looks (django-unfold); its colours are those of the pages."""

from typing import Any

from django.templatetags.static import static

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "apps.core.admin.navigation.title",
    "SITE_HEADER": "apps.core.admin.navigation.title",
    "SITE_SUBHEADER": "apps.core.admin.navigation.subheader",
    "SITE_SYMBOL": "local_parking",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("pages/mark.svg")}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "SIDEBAR": {"navigation": "apps.core.admin.navigation.sidebar"},
    "ACCOUNT": {"navigation": "apps.core.admin.navigation.account_links"},
    "COLORS": {
        "primary": {
            "50": "#f0f5ff",
            "100": "#e7eefc",
            "200": "#c9dafa",
            "300": "#a6c2ff",
            "400": "#86aeff",
            "500": "#7aa6ff",
            "600": "#174fc0",
            "700": "#113f9d",
            "800": "#0e337f",
            "900": "#122c63",
            "950": "#17233d",
        },
    },
}
