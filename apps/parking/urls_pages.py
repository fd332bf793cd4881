"""Routes of the yard's pages."""

from django.urls import path

from . import pages

urlpatterns = [
    path("", pages.board, name="board"),
    path("gate/", pages.gate, name="gate"),
]
