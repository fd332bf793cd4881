"""Signing in with Google, Microsoft or GitHub (docs/adr/0023)."""
