"""Support: the platform's people act for a tenant, visibly, for a reason and for a while."""
