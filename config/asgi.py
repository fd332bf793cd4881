"""The `live` process: WebSockets, and (in `make run`) everything else on the same port."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
_http = get_asgi_application()  # before the imports below: they need the apps to be loaded

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from apps.auth.sockets import SocketAuthentication  # noqa: E402
from apps.parking.consumers import routes  # noqa: E402
from config.request_sizes import with_limited_bodies  # noqa: E402

_sockets = SocketAuthentication(URLRouter(routes))
application = ProtocolTypeRouter({"http": with_limited_bodies(_http), "websocket": _sockets})
