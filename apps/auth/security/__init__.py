"""A tenant's security rules: what they say, how they are changed, and how they are held."""
