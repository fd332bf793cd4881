"""Kafka: what goes out to it, and what comes in."""
