"""What a plan is refused for at activation, before a stay meets it."""
