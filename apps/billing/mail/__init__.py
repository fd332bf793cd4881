"""Documents by e-mail: asked for in a request, written by the worker, and noted."""
