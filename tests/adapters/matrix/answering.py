"""Servers that answer what no homeserver and no Cartellino would."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate


def answer(body: bytes, status: str = "200 OK", *more: str) -> bytes:
    """Return an answer of HTTP that ends its connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


def dated(body: bytes, ahead: float) -> bytes:
    """Return an answer of somebody whose clock is some seconds ahead."""
    return answer(body, "200 OK", f"Date: {formatdate(time.time() + ahead, usegmt=True)}")


@contextmanager
def answering(what: bytes | Callable[[str], bytes]) -> Iterator[str]:
    """Answer every connection with the same, or by the path that is asked for; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        open_ones: list[socket.socket] = []

        def talk(connection: socket.socket) -> None:
            with suppress(OSError):
                asked = connection.recv(65_536)
                if not asked:
                    return
                said = what if isinstance(what, bytes) else what(asked.split(b" ", 2)[1].decode())
                connection.sendall(said)
                if b"Connection: close" in said:
                    connection.close()

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    open_ones.append(connection)
                    threading.Thread(target=talk, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        for connection in open_ones:
            connection.close()
