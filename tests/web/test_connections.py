"""Connections that are watched: who does not read is let go, and so is whoever takes everybody's places."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from cartellino.service.settings import networks
from cartellino.web.connections import PACE, PATIENCE, Connections, Seen, are_watched

pytestmark = pytest.mark.skipif(not are_watched(), reason="this machine does not tell a process about its sockets")

PLACES = 64
LATER = PATIENCE + 1


class Port:
    """A port on the loopback, with clients from whichever address, and our ends of the connections."""

    def __init__(self, held: ExitStack) -> None:
        self._held = held
        self._listening = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=PLACES))
        self.number: int = self._listening.getsockname()[1]

    def connect(self, source: str = "127.0.0.1") -> tuple[socket.socket, socket.socket]:
        """Return both ends of a connection, the client's first."""
        client = self._held.enter_context(socket.socket())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        client.bind((source, 0))
        client.connect(("127.0.0.1", self.number))
        client.settimeout(5)
        ours = self._held.enter_context(self._listening.accept()[0])
        ours.setblocking(False)
        return client, ours


@pytest.fixture
def port() -> Iterator[Port]:
    with ExitStack() as held:
        yield Port(held)


def fill(ours: socket.socket) -> None:
    with suppress(BlockingIOError):
        while True:
            ours.send(b"x" * 65_536)


def drain(client: socket.socket, least: int) -> None:
    while least > 0:
        least -= len(client.recv(65_536))


def is_closed(ours: socket.socket) -> bool:
    try:
        return ours.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_who_reads_nothing_is_let_go_and_who_reads_stays(port: Port) -> None:
    watched = Connections(port.number, PLACES)
    (_, deaf), (reader, read), (_, idle) = port.connect(), port.connect(), port.connect()
    fill(deaf)
    fill(read)
    assert watched.look(0) == 0
    drain(reader, int(2 * PACE * LATER))
    assert watched.look(PATIENCE - 1) == 0
    assert watched.look(LATER) == 1
    assert [is_closed(one) for one in (deaf, read, idle)] == [True, False, False]


@pytest.mark.parametrize(("a_second", "stays"), [(100, True), (0, False)])
def test_a_stream_that_always_has_something_under_way_stays(a_second: int, stays: bool) -> None:
    """Its pace is slow because little is said, and each look finds other bytes under way than the look before."""
    watched = Connections(1, PLACES)
    left = [list(watched._unread({7: Seen(3, "127.0.0.1", a_second * now, 100)}, now)) for now in range(0, 60, 2)]
    assert (not any(left)) is stays


def test_one_who_pipelines_makes_us_write_no_more_than_is_waited_for(port: Port) -> None:
    watched = Connections(port.number, PLACES)
    watched.look(0)  # bounds what every later connection may hold
    _, ours = port.connect()
    assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 256 * 1_024


@pytest.mark.parametrize(("trusted", "stay"), [("", 1), ("127.0.0.2", 40)])
def test_an_address_has_its_share_once_half_of_the_places_are_taken(port: Port, trusted: str, stay: int) -> None:
    watched = Connections(port.number, PLACES, networks(trusted))
    many = [port.connect("127.0.0.2")[1] for _ in range(PLACES // 2)]
    assert watched.look(0) == 0, "half of the places are free"
    other = port.connect("127.0.0.3")[1]
    many += [port.connect("127.0.0.2")[1] for _ in range(8)]
    closed = watched.look(1)
    assert closed == 40 - stay
    assert [is_closed(one) for one in many] == [True] * (40 - stay) + [False] * stay, "the oldest give way"
    assert not is_closed(other)


def test_connections_of_others_are_let_alone(port: Port) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as elsewhere:
        client, ours = port.connect()
        fill(ours)
        watched = Connections(elsewhere.getsockname()[1], 1)
        assert watched.look(0) == watched.look(LATER) == 0
        assert not is_closed(client)
