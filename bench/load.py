"""A lean load client: keep-alive connections on one epoll, each sending its next request when its answer is whole.

It runs in a process of its own (`send_all`), sends a fixed list of requests and gives up at a deadline. It knows just
enough of HTTP/1.1 to find the end of an answer that carries a Content-Length. Loopback only.
"""

import select
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

LOOPBACK = "127.0.0.1"


class WrongAnswer(RuntimeError):
    """The server answered something else than what was expected, or did not answer in time."""


@dataclass
class Sent:
    """What came back; all in seconds: from the first request to the last answer, each latency, the client's own CPU."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests did not exceed, in seconds."""
        ranked = sorted(self.latencies)
        return ranked[min(int(len(ranked) * share), len(ranked) - 1)]


def request(method: str, path: str, *, host: str, token: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire, behind a gateway that ends TLS."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nX-Forwarded-Proto: https\r\n"
        f"Accept: application/json\r\nUser-Agent: gate/1\r\n"
    )
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def send_all(
    requests: Sequence[bytes], *, port: int, connections: int, expected: int, deadline_seconds: float = 60.0
) -> Sent:
    """Send the requests from a fresh process. Raises WrongAnswer when an answer has another status or none comes."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        sent = process.submit(_drive, list(requests), port, connections, expected, deadline_seconds).result()
    if sent.unexpected:
        raise WrongAnswer(f"{len(sent.unexpected)} answers were not {expected}; the first: {sent.unexpected[0]}")
    if len(sent.latencies) != len(requests):
        raise WrongAnswer(
            f"{len(sent.latencies)} of {len(requests)} requests were answered in {deadline_seconds:.0f} s"
        )
    return sent


def _drive(requests: list[bytes], port: int, connections: int, expected: int, deadline_seconds: float) -> Sent:
    links = _Links(requests, port, connections, expected)
    started, cpu = time.perf_counter(), time.process_time()
    links.run(until=started + deadline_seconds)
    links.sent.seconds, links.sent.cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    return links.sent


class _Links:
    """The connections, each with a request on its way until there are no more."""

    def __init__(self, requests: list[bytes], port: int, connections: int, expected: int) -> None:
        self.sent = Sent()
        self._expected = str(expected).encode()
        self._waiting = iter(requests)
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._begun: dict[int, float] = {}
        self._partial: dict[int, bytes] = {}
        for _ in range(connections):
            link = socket.create_connection((LOOPBACK, port), timeout=5)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets[link.fileno()] = link
            self._poll.register(link.fileno(), select.EPOLLIN)

    def run(self, *, until: float) -> None:
        for number in self._sockets:
            self._send_next(number)
        while self._begun and time.perf_counter() < until:
            for number, _ in self._poll.poll(1.0):
                self._receive(number)
        for link in self._sockets.values():
            link.close()

    def _send_next(self, number: int) -> None:
        following = next(self._waiting, None)
        if following is not None:
            self._begun[number] = time.perf_counter()
            self._sockets[number].sendall(following)

    def _receive(self, number: int) -> None:
        received = self._sockets[number].recv(65536)
        if not received:
            raise WrongAnswer("the server closed a connection")
        answer = self._partial.pop(number, b"") + received
        if not _is_whole(answer):
            self._partial[number] = answer
            return
        self.sent.latencies.append(time.perf_counter() - self._begun.pop(number))
        if answer[9:12] != self._expected:
            self.sent.unexpected.append(answer.decode(errors="replace")[:2000])
        self._send_next(number)


def _is_whole(data: bytes) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    _, named, after = head.lower().partition(b"\r\ncontent-length:")
    if not named:
        raise WrongAnswer(f"an answer without a Content-Length: {data[:500]!r}")
    return len(body) >= int(after.partition(b"\r\n")[0])
