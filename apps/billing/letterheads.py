"""The tenant's letterhead: who issues its documents, in which language, under which logo."""

from functools import cache
from importlib import resources

from apps.core import tenancy

from .documents import Letterhead
from .models import LetterheadSetting, Logo


@cache
def countries() -> frozenset[str]:
    """The codes of ISO 3166-1 alpha-2, as the time zone database lists them."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and not line.startswith("#"))


def get_letterhead() -> LetterheadSetting:
    """What the tenant has said of itself; its name alone, as version 0, where it has said nothing yet."""
    return LetterheadSetting.objects.first() or LetterheadSetting(legal_name=tenancy.current().name, version=0)


def printed(setting: LetterheadSetting) -> Letterhead:
    """The letterhead as documents have it at their head."""
    town = " ".join(part for part in (setting.postcode, setting.city) if part)
    country = setting.country if town else ""
    lines = [*setting.address.splitlines(), ", ".join(part for part in (town, country) if part)]
    return Letterhead(
        name=setting.legal_name,
        address=tuple(line for line in lines if line),
        tax_id=setting.tax_id,
        contact=tuple(part for part in (setting.email, setting.phone) if part),
        logo=find_logo(setting.logo_id or ""),
    )


def find_logo(digest: str) -> bytes | None:
    """The image of this digest; None where there is none."""
    found = Logo.objects.filter(digest=digest).values_list("image", flat=True).first() if digest else None
    return None if found is None else bytes(found)
