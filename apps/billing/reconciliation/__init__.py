"""Stays that left without a price, until somebody settles them."""
