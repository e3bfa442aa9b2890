"""Requests written by hand on sockets of the loopback, from whichever of its addresses, and how they are answered."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path

from tests.api.process import Process


def connected(process: Process, source: str = "127.0.0.1", receives: int = 0) -> socket.socket:
    """Connect from an address; `receives` bounds the bytes that the kernel takes while nobody reads them."""
    made = socket.socket()
    if receives:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    made.settimeout(20)
    made.bind((source, 0))
    made.connect(("127.0.0.1", process.port))
    return made


def head(method: str, path: str, length: int | None = None, **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {held}" for name, held in headers.items()]
    lines += [f"Content-Length: {length}"] if length is not None else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def form(path: str, length: int) -> bytes:
    return head("POST", path, length, Content_Type="application/x-www-form-urlencoded")


def status(connection: socket.socket) -> int:
    """Read the status of an answer; 0 where the connection ended without one."""
    held = b""
    with suppress(OSError):
        while b"\r\n" not in held and (piece := connection.recv(4_096)):
            held += piece
    return int(held.split(b" ")[1]) if held.startswith(b"HTTP/1.1 ") else 0


def asked(process: Process, sent: bytes, source: str = "127.0.0.1") -> int:
    with connected(process, source) as one:
        with suppress(OSError):  # what is refused before it was sent ends the connection
            one.sendall(sent)
        return status(one)


def alive(process: Process) -> float:
    """Return after how many seconds somebody from another address hears that the service lives."""
    begun = time.monotonic()
    assert asked(process, head("GET", "/health/live"), "127.0.0.9") == 200
    return time.monotonic() - begun


def memory(process: Process, what: str = "VmRSS") -> int:
    """Return the megabytes that a process holds now, or (`VmHWM`) has held at most."""
    assert process.pid
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) // 1_024
