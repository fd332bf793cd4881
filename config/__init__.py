"""The project: settings, routes and processes."""
