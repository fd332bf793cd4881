"""Answers that are files."""

from django.http import HttpResponse


def file_reply(content: bytes, media_type: str, name: str) -> HttpResponse:
    """A file that a browser shows, and saves under its name."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
