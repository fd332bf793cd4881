"""Who issues a document, as it stands at its head."""

import msgspec


class Letterhead(msgspec.Struct, frozen=True, kw_only=True):
    """The issuer: `address` line by line, `tax_id` as it is to be printed, `logo` the bytes of a PNG, JPEG or SVG."""

    name: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    contact: tuple[str, ...] = ()
    logo: bytes | None = None
