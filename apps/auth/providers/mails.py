"""The e-mail that tells of a new link."""

from apps.auth.mail.sending import send

from .configured import TITLES


def write_link_mail(*, to: str, provider: str, email: str, sender: str) -> None:
    """Write to a person that this account at a provider can sign in as them from now on."""
    title = TITLES[provider]
    send(
        to=to, subject="Another way to sign in", template="provider_linked", sender=sender, provider=title, email=email
    )
