"""WebSockets."""

routes: list[object] = []
