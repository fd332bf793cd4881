"""Vehicles that come and go without a gate: stays from a file, a seeded history, and the demo's live traffic."""
