"""TCP ports on the loopback address: is one free, who holds it, and which one is ours."""

import socket
import zlib
from pathlib import Path

import psutil

LOOPBACK = "127.0.0.1"
# Below 32768, where Linux takes the local ports of outgoing connections from.
FIRST_PORT = 20_000
PORT_COUNT = 10_000


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_port(*, home: Path, purpose: str, attempt: int = 0) -> int:
    """Pick a free port that is the same each time for this home and purpose, as far as others leave it free.

    `attempt` moves on to other ports, for when somebody took the last one between looking and listening.
    """
    start = zlib.crc32(f"{home.resolve()}:{purpose}".encode()) + 97 * attempt
    for step in range(PORT_COUNT):
        port = FIRST_PORT + (start + step * 7) % PORT_COUNT
        if is_free(port):
            return port
    raise OSError(f"no free port between {FIRST_PORT} and {FIRST_PORT + PORT_COUNT}")


def holder_of(port: int) -> str:
    """Name the program that listens on a port, e.g. " (nginx, process 812)"; empty when the system will not tell."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" ({psutil.Process(connection.pid).name()}, process {connection.pid})"
    except psutil.Error:
        pass
    return ""
