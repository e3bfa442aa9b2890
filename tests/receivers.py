"""Receivers of webhooks on the loopback, good and bad, each a thread with a socket of its own."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from threading import Event, Thread

Behaviour = Callable[["Receiver", socket.socket, bytes], None]
"""What a receiver does with a connection, once it has read the request."""


class Receiver:
    """Listens at an address, remembers the bodies that came, in order, and answers as it is told."""

    def __init__(self, behaviour: Behaviour, address: str = "127.0.0.1", port: int = 0) -> None:
        self.behaviour = behaviour
        self.bodies: list[bytes] = []
        self.heads: list[bytes] = []
        self.left = Event()  # set when the other side closes a connection before it was answered
        self.over = Event()
        self._socket = socket.create_server((address, port))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://{address}:{self.port}/in"
        Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # a thread that waits in `accept` keeps a closed socket listening
        self._socket.close()

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65_536)
            head, _, body = request.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(65_536)
            self.heads.append(head)
            self.bodies.append(body)
            self.behaviour(self, connection, body)


def answers(status: str, *headers: str, body: bytes = b"") -> Behaviour:
    """Answer at once."""
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"content-length: {len(body)}", "", ""]).encode()
    return lambda _, connection, __: connection.sendall(head + body)


def drips(receiver: Receiver, connection: socket.socket, _: bytes) -> None:
    """Answer with a byte every two seconds."""
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1_000:
        connection.sendall(bytes([byte]))
        if _closed_within(receiver, connection, 2.0):
            return


def never_answers(receiver: Receiver, connection: socket.socket, _: bytes) -> None:
    """Hold the connection, and say nothing."""
    while not _closed_within(receiver, connection, 1.0):
        pass


def floods(head: bytes, again: bytes) -> Behaviour:
    """Answer with a head and then the same bytes for ever."""

    def flood(receiver: Receiver, connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        until = time.monotonic() + 30
        try:
            while not receiver.over.is_set() and time.monotonic() < until:
                connection.sendall(again)
        except OSError:
            receiver.left.set()

    return flood


def _closed_within(receiver: Receiver, connection: socket.socket, seconds: float) -> bool:
    connection.settimeout(seconds)
    try:
        closed = connection.recv(1) == b""
    except TimeoutError:
        return receiver.over.is_set()
    except OSError:
        closed = True
    if closed:
        receiver.left.set()
    return closed
