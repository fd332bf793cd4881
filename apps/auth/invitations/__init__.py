"""Inviting people to become members by e-mail."""
