"""How the other tenant's owner tries each call of the API at acme's things, by the part of it that they belong to."""
