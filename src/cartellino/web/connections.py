"""Connections, watched beside the server: who does not read what was asked for, and who takes everybody's places.

The server bounds how many connections are open and how long the head of a request may take. It waits for ever for a
client that reads nothing, and lets one address have all places. So the process looks at its own sockets every few
seconds, and closes them where

    an answer is read more slowly than `PACE`      whoever reads it
    more than half of all places are taken         and one address has more than its share of them

Trusted proxies speak for many, so they have no share. Linux alone tells a process this much about its sockets;
elsewhere nothing is watched, and a proxy in front has to do it.
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
"""Seconds that whoever asked has before the pace counts at which they read."""

PACE = 1_024
"""Bytes a second that have to be read of an answer that waits."""

SHARES = 64
"""An address may have one in so many places once half of all are taken."""

WAITING_BYTES = 256 * 1_024
"""Of answers that wait in the kernel for one connection; whoever pipelines requests makes us work for no more."""

_OWN_FILES = Path("/proc/self/fd")
_ACKNOWLEDGED = 120
"""Where the bytes that the other side has acknowledged stand in `struct tcp_info` (linux/tcp.h)."""


class Seen(NamedTuple):
    """A connection at a look: its file here, who is at the other end, and the bytes that were read and that wait."""

    file: int
    peer: str
    read: int
    waiting: int


class Answer(NamedTuple):
    """What waits to be read: since when, how many bytes of the connection were read then, and how many are to be."""

    since: float
    read: int
    whole: int


class Connections:
    """The connections that came to one port of this process, each known by its inode."""

    def __init__(self, port: int, places: int, trusted: Sequence[proxies.Network] = ()) -> None:
        """`places` may be open at a time; `trusted` are the proxies."""
        self._port = port
        self._places = places
        self._trusted = trusted
        self._answers: dict[int, Answer] = {}
        self._order: list[int] = []
        self._closed: set[int] = set()

    def look(self, now: float) -> int:
        """Look at all of them, at a time in seconds, and close those that have to go; return how many these are."""
        open_or_closed = dict(_of_port(self._port))
        self._closed &= open_or_closed.keys()  # those that the server has not let go yet
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
        """Yield those that read too slowly what waits for them."""
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
        """Yield those by which an address exceeds its share, the longest here first."""
        if len(connections) <= self._places // 2:
            return
        addresses = [(inode, self._address(connections[inode].peer)) for inode in self._order]
        taken, share = Counter(address for _, address in addresses), max(1, self._places // SHARES)
        for inode, address in addresses:
            if address and taken[address] > share:
                taken[address] -= 1
                yield inode

    def _address(self, peer: str) -> str:
        """Return under which address a connection counts; empty for a trusted proxy."""
        address = proxies.address(peer)
        return "" if address is None or proxies.is_among(address, self._trusted) else proxies.budget(address)


def are_watched() -> bool:
    """Say whether this machine tells a process enough about its sockets."""
    return sys.platform == "linux" and _OWN_FILES.is_dir()


def _of_port(port: int) -> Iterator[tuple[int, Seen]]:
    """Yield the connections that came to a port. Each is held for a moment only: the server may be closing it."""
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
    """Return the socket behind a file of the server as one of our own.

    Raises `OSError` where it is none.
    """
    if not S_ISSOCK(os.fstat(file).st_mode):
        raise OSError
    return socket.socket(fileno=os.dup(file))


def _is_at(connection: socket.socket, port: int) -> bool:
    """Say whether this is a connection to the port. Where it listens for them, bound what each that comes may hold."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.getsockname()[1] != port:
        return False
    if not connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return True
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WAITING_BYTES // 2)  # the kernel doubles it
    return False


def _close(file: int, inode: int) -> None:
    """End a connection, unless the file is another one by now."""
    with suppress(OSError), closing(_own(file)) as connection:
        if os.fstat(connection.fileno()).st_ino == inode:
            connection.shutdown(socket.SHUT_RDWR)
