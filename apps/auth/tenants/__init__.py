"""A tenant's schema and its whole life: made, migrated, looked at for drift, exported, imported, taken away."""
