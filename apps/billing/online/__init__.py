"""Payments over the internet by a provider (Stripe): begun, heard of, asked for, given back and disputed (ADR 0025)."""
