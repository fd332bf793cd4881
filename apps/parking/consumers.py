"""`ws/occupancy/`: a snapshot first, then every change, in the order of each location's versions."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path

from apps.auth.public import NOT_SIGNED_IN, READ, close_when_signed_out, has_permission
from apps.core import clock, reach, tenancy
from apps.core.api.replies import to_json

from .live import group_of
from .queries import OccupancySnapshot, get_current_occupancy

NOT_PERMITTED = 4403


class OccupancyConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels is not typed
    """One board. It joins its tenant's group before it reads the snapshot, so that no change falls between."""

    watch: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        actor, self.tenant = self.scope["actor"], self.scope["tenant"]
        await self.accept(self.scope["subprotocol"])
        if actor is None or self.tenant is None or actor.tenant_id != self.tenant.id:
            await self.close(NOT_SIGNED_IN)
            return
        if not has_permission(actor=actor, resource="occupancy", action=READ):
            await self.close(NOT_PERMITTED)
            return
        self.reach = actor.locations
        self.shown: dict[str, int] = {}
        await self.channel_layer.group_add(group_of(self.tenant), self.channel_name)
        snapshot = await tenancy.in_thread(self._read)
        self.shown = {str(place.location_id): place.version for place in snapshot.locations}
        await self.send(to_json({"type": "snapshot", **_as_dict(snapshot)}))
        self.watch = asyncio.create_task(close_when_signed_out(self))

    async def disconnect(self, code: int) -> None:
        if self.watch is not None:
            self.watch.cancel()
        if self.tenant is not None:
            await self.channel_layer.group_discard(group_of(self.tenant), self.channel_name)

    async def occupancy_changed(self, message: dict[str, Any]) -> None:
        """From the relay. Left out are other locations than the reader's, and a state that the board has seen already,
        in the snapshot or a repeated delivery."""
        for frame in message["frames"]:
            location = frame["location"]
            if self.reach is not None and UUID(location) not in self.reach:
                continue
            if "version" in frame:
                if frame["version"] <= self.shown.get(location, 0):
                    continue
                self.shown[location] = frame["version"]
            await self.send(frame["text"])

    def _read(self) -> OccupancySnapshot:
        with tenancy.enter(self.tenant), reach.narrowed_to(self.reach):
            return get_current_occupancy(at=clock.now())


def _as_dict(snapshot: OccupancySnapshot) -> dict[str, Any]:
    return msgspec.to_builtins(snapshot)  # type: ignore[no-any-return]


routes = [path("ws/occupancy/", OccupancyConsumer.as_asgi())]
