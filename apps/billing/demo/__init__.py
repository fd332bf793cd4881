"""The books of a demo tenant: who it deals with, its last week at the till, and what it thinks of charging next."""
