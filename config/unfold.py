"""How the admin looks (django-unfold)."""

UNFOLD = {
    "SITE_TITLE": "Parking",
    "SITE_HEADER": "Parking",
    "SITE_SYMBOL": "local_parking",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_URL": "/",
}
