"""A thread that does one thing after another for asyncio code, and that nobody has to wait for at the end."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_END = None


class OwnThread:
    """Unlike an executor's thread, one that hangs neither keeps its owner from closing nor the process from ending."""

    def __init__(self, name: str) -> None:
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    async def run(self, func: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function gives, called in the thread after all that was asked before."""
        if not self._thread.is_alive():
            self._thread.start()
        future: Future[R] = Future()
        self._tasks.put((future, lambda: func(*args, **kwargs)))
        return await asyncio.wrap_future(future)

    async def close(self, at_the_end: Callable[[], None], *, seconds: float) -> bool:
        """Let it finish, then `at_the_end`, then end; says whether that was done within the time.

        A thread that was not done in time does so when it gets there. It takes nothing more.
        """
        if not self._thread.is_alive():
            return True
        ended = threading.Event()

        def end() -> None:
            try:
                at_the_end()
            finally:
                ended.set()

        self._tasks.put((Future(), end))
        self._tasks.put(_END)
        return await asyncio.to_thread(ended.wait, seconds)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not _END:
            future, func = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(func())
            except BaseException as error:
                future.set_exception(error)
