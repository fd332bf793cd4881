"""The asymmetric keys behind access tokens: sealed in the database, published as a JWK set, rotated with overlap."""
