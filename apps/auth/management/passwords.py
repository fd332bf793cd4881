"""How a management command is given a password."""

import getpass
import sys

from django.core.management.base import CommandError


def password_of_stdin() -> str:
    """The first line of standard input."""
    return sys.stdin.readline().rstrip("\r\n")


def password_typed() -> str:
    """What is typed twice at the terminal. Raises CommandError where there is none, and where the two differ."""
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the password: send it with --password-stdin.")
    try:
        password = getpass.getpass("Password: ")
        again = getpass.getpass("Password again: ")
    except (EOFError, KeyboardInterrupt):
        raise CommandError("No password was given; nothing was made.") from None
    if password != again:
        raise CommandError("The two passwords differ; nothing was made.")
    return password
