"""A transaction pooler in small: all clients share one server session, each for the length of a transaction.

It speaks as much of PostgreSQL's protocol (version 3) as it must. The first client's sign-in passes through to the
server; those after it are let in with the server's own words of then.
"""

import socket
import struct
import threading
from types import TracebackType

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = source.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def _message(source: socket.socket) -> bytes:
    """One message: a letter, its length, its content."""
    head = _exactly(source, 5)
    return head + _exactly(source, struct.unpack("!I", head[1:])[0] - 4)


def _startup(client: socket.socket) -> bytes:
    """The first packet, after declining encryption as often as it is asked for."""
    while True:
        head = _exactly(client, 4)
        packet = head + _exactly(client, struct.unpack("!I", head)[0] - 4)
        if struct.unpack("!I", packet[4:8])[0] not in (SSL_REQUEST, GSS_REQUEST):
            return packet
        client.sendall(b"N")


class TransactionPooler:
    """Listens on `port` of loopback while entered, in front of the server at `host` and `server_port`."""

    def __init__(self, host: str, server_port: int) -> None:
        self._server_address = (host, server_port)
        self._server: socket.socket | None = None
        self._welcome = b""
        self._one_at_a_time = threading.Lock()
        self._open: list[socket.socket] = []

    def __enter__(self) -> "TransactionPooler":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            startup = _startup(client)
            with self._one_at_a_time:
                server = self._server or self._sign_in(client, startup)
                if server is not self._server:
                    self._server = server
                else:
                    client.sendall(self._welcome)
            while self._transaction(client, server):
                pass
        except OSError:
            client.close()

    def _sign_in(self, client: socket.socket, startup: bytes) -> socket.socket:
        server = socket.create_connection(self._server_address)
        self._open.append(server)
        server.sendall(startup)
        while True:
            message = _message(server)
            client.sendall(message)
            if message[:1] == b"R" and struct.unpack("!I", message[5:9])[0] not in (0, 12):
                server.sendall(_message(client))  # the server asked for something
            elif message[:1] != b"R" or message[5:9] == b"\0\0\0\0":
                self._welcome += message
            if message[:1] == b"Z":
                return server

    def _transaction(self, client: socket.socket, server: socket.socket) -> bool:
        """Lend the server's session out until it is idle again. Gives False when the client has gone."""
        message = _message(client)
        with self._one_at_a_time:
            while True:
                if message[:1] == b"X":
                    return False
                server.sendall(message)
                if message[:1] in b"QS" and self._answer(client, server) == b"I":
                    return True
                message = _message(client)

    def _answer(self, client: socket.socket, server: socket.socket) -> bytes:
        """Relay up to ReadyForQuery. Gives the transaction's status: I, T or E."""
        while True:
            message = _message(server)
            client.sendall(message)
            if message[:1] == b"Z":
                return message[5:6]
