"""Watches the server's connections, and closes those of slow readers and of addresses that have too many.

The server limits how many connections are open and how long the head of a request may take. But it waits for ever for a
client that does not read its answer, and lets one address have all connections. So the process looks at its own sockets
every second, and closes a connection when

    its answer is read more slowly than `PACE`
    more than half of all connections are open, and its address has more than its share of them

Trusted proxies speak for many, so they have no share. Only Linux tells a process so much about its sockets; elsewhere
nothing is watched, and a proxy in front has to do it.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import termios
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from stat import S_ISSOCK
from struct import unpack_from
from typing import NamedTuple

from cartellino.web import proxies

EVERY = 1.0
"""Seconds between two looks."""

PATIENCE = 10.0
"""Seconds before the rate at which a client reads counts."""

PACE = 1_024
"""The lowest rate, in bytes a second, at which a waiting answer has to be read."""

SHARES = 64
"""Once half of all connections are open, one address may have one in so many."""

WAITING_BYTES = 256 * 1_024
"""Most bytes of answers in the send buffer of one connection, which also limits the work for pipelined requests."""

_OWN_FILES = Path("/proc/self/fd")
_ACKNOWLEDGED = 120
"""The offset of `tcpi_bytes_acked` in `struct tcp_info` (linux/tcp.h)."""


class Seen(NamedTuple):
    """A connection as observed: its file, its peer, and the bytes the peer has read and has still to read."""

    file: int
    peer: str
    read: int
    waiting: int


class Answer(NamedTuple):
    """An answer that waits to be read: since when, and how many bytes were read then and have to be read."""

    since: float
    read: int
    whole: int


class Connections:
    """The connections to one port of this process, identified by their inodes."""

    def __init__(self, port: int, places: int, trusted: Sequence[proxies.Network] = ()) -> None:
        """`places` is how many connections may be open; `trusted` are the proxies."""
        self._port = port
        self._places = places
        self._trusted = trusted
        self._answers: dict[int, Answer] = {}
        self._order: list[int] = []
        self._closed: set[int] = set()

    def look(self, now: float) -> int:
        """Check all connections at the time `now` in seconds; close the offending ones, and return their number."""
        open_or_closed = dict(_of_port(self._port))
        self._closed &= open_or_closed.keys()  # those that the server has not released yet
        open_now = {inode: seen for inode, seen in open_or_closed.items() if inode not in self._closed}
        known = set(self._order)
        self._order = [
            *(inode for inode in self._order if inode in open_now),
            *(inode for inode in open_now if inode not in known),
        ]
        leave = {*self._unread(open_now, now), *self._beyond_share(open_now)}
        for inode in leave:
            _close(open_now[inode].file, inode)
        self._closed |= leave
        return len(leave)

    def _unread(self, connections: Mapping[int, Seen], now: float) -> Iterator[int]:
        """Yield the connections whose answers are read too slowly."""
        answers = {}
        for inode, seen in connections.items():
            if not seen.waiting:
                continue
            answer = self._answers.get(inode)
            if answer is None or seen.read >= answer.whole:
                answer = Answer(now, seen.read, seen.read + seen.waiting)
            lasts = now - answer.since
            if lasts >= PATIENCE and seen.read - answer.read < PACE * lasts:
                yield inode
            answers[inode] = answer
        self._answers = answers

    def _beyond_share(self, connections: Mapping[int, Seen]) -> Iterator[int]:
        """Yield the connections by which an address exceeds its share, the oldest first."""
        if len(connections) <= self._places // 2:
            return
        addresses = [(inode, self._address(connections[inode].peer)) for inode in self._order]
        taken, share = Counter(address for _, address in addresses), max(1, self._places // SHARES)
        for inode, address in addresses:
            if address and taken[address] > share:
                taken[address] -= 1
                yield inode

    def _address(self, peer: str) -> str:
        """Return the address that a connection is counted for; empty for a trusted proxy."""
        address = proxies.address(peer)
        return "" if address is None or proxies.is_among(address, self._trusted) else proxies.budget(address)


def are_watched() -> bool:
    """Say whether this system tells a process enough about its sockets."""
    return sys.platform == "linux" and _OWN_FILES.is_dir()


def _of_port(port: int) -> Iterator[tuple[int, Seen]]:
    """Yield the connections to a port. Each is opened for a moment only, as the server may be closing it."""
    for file in [int(entry.name) for entry in _OWN_FILES.iterdir()]:
        with suppress(OSError), closing(_own(file)) as connection:  # it was closed meanwhile, or is no socket
            if _is_at(connection, port):
                peer, waiting = (
                    connection.getpeername()[0],
                    fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)),
                )
                (read,) = unpack_from(
                    "Q", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 128), _ACKNOWLEDGED
                )
                yield os.fstat(connection.fileno()).st_ino, Seen(file, peer, read, *unpack_from("i", waiting))


def _own(file: int) -> socket.socket:
    """Return a duplicate of the socket behind a file descriptor.

    Raises `OSError` if it is no socket.
    """
    if not S_ISSOCK(os.fstat(file).st_mode):
        raise OSError
    return socket.socket(fileno=os.dup(file))


def _is_at(connection: socket.socket, port: int) -> bool:
    """Say whether this is a connection to the port. If it is the listening socket, limit the buffers of new ones."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.getsockname()[1] != port:
        return False
    if not connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return True
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WAITING_BYTES // 2)  # the kernel doubles it
    return False


def _close(file: int, inode: int) -> None:
    """Shut a connection down, unless its file descriptor has been reused."""
    with suppress(OSError), closing(_own(file)) as connection:
        if os.fstat(connection.fileno()).st_ino == inode:
            connection.shutdown(socket.SHUT_RDWR)
