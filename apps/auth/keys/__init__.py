"""API keys: how they are written, and whom one stands for."""
