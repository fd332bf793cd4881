"""Passkeys (WebAuthn level 2): a way in by itself, or the second factor after another (docs/adr/0024)."""
