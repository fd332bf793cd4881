"""What other contexts may call of parking."""

from .site_facts import LocationNotFound, get_site_facts

__all__ = ["LocationNotFound", "get_site_facts"]
