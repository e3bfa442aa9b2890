"""Calls to a platform that answers as it likes: what was sent is never sent again, and what became of it is said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cartellino.adapters.whatsapp_cloud import connections
from cartellino.adapters.whatsapp_cloud.connections import Answered, Connections, Unanswered, Unreached

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Work = Callable[["Other", Connections], Awaitable[None]]


class Other:
    """The other side: answers the n-th request with the n-th of `says`, the last of them for ever."""

    def __init__(self, *says: bytes, closes: bool = False) -> None:
        self.says, self.closes = list(says), closes
        self.requests: list[bytes] = []
        self.connected = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                self.requests.append(head + await reader.readexactly(int(length or 0)))
                said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
                writer.write(said)
                await writer.drain()
                if self.closes or not said:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def run(other: Other, work: Work, most: int = 2, read: float = 5.0) -> None:
    async def all_of_it() -> None:
        server = await asyncio.start_server(other.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        calls = Connections("127.0.0.1", port, is_tls=False, most=most, connect=1.0, read=read)
        try:
            await work(other, calls)
        finally:
            calls.close()
            server.close()
            await asyncio.sleep(0.05)  # both sides close theirs

    asyncio.run(all_of_it())


async def post(calls: Connections, body: bytes = b"{}") -> Answered:
    return await calls.call("POST", "/v21.0/1/messages?a=b", [(b"Authorization", b"Bearer t"),
                                                              (b"Accept-Encoding", b"gzip")], body)  # fmt: skip


def test_a_connection_is_used_again_and_calls_go_as_they_are() -> None:
    async def work(other: Other, calls: Connections) -> None:
        for _ in range(3):
            assert await post(calls) == (200, [(b"content-length", b"2")], b"{}")
        assert other.connected == 1
        head, _, body = other.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /v21.0/1/messages?a=b HTTP/1.1\r\n")
        assert b"Bearer t" in head
        assert b"identity" in head
        assert b"gzip" not in head
        assert body == b"{}"

    run(Other(OK), work)


def test_answers_come_in_chunks_after_hints_and_without_bodies() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"

    async def work(other: Other, calls: Connections) -> None:
        assert (await post(calls)).body == b"{}"
        assert (await calls.call("HEAD", "/", [], b"")).status == 400
        assert (await post(calls)).body == b"{}"
        assert other.connected == 1

    run(Other(b"HTTP/1.1 103 Early Hints\r\n\r\n" + chunked,
              b"HTTP/1.1 400 Bad Request\r\nContent-Length: 7\r\n\r\n", OK), work)  # fmt: skip


def test_one_that_was_closed_is_not_used_again() -> None:
    async def work(other: Other, calls: Connections) -> None:
        for _ in range(3):
            assert (await post(calls)).status == 200
            await asyncio.sleep(0.05)
        assert other.connected == 3
        assert len(other.requests) == 3

    run(Other(OK, closes=True), work)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 9_000_000,
    ],
)
def test_after_a_broken_answer_nobody_knows_and_nothing_is_sent_again(said: bytes) -> None:
    async def work(other: Other, calls: Connections) -> None:
        with pytest.raises(Unanswered):
            await post(calls)
        assert len(other.requests) == 1
        other.says = [OK]
        assert (await post(calls)).status == 200, "on another connection"

    run(Other(said, closes=True), work)


def test_an_answer_that_does_not_come_is_not_waited_for_and_its_connection_is_left() -> None:
    async def work(other: Other, calls: Connections) -> None:
        with pytest.raises(Unanswered):
            await post(calls)
        other.says = [OK]
        assert (await post(calls)).status == 200
        assert other.connected == 2

    run(Other(b"HTTP/1.1 200 OK\r\n"), work, read=0.2)


def test_where_nobody_listens_or_no_place_is_free_nothing_was_sent() -> None:
    async def work(other: Other, calls: Connections) -> None:
        nowhere = Connections("127.0.0.1", 1, is_tls=False, most=1, connect=1.0, read=1.0)
        with pytest.raises(Unreached):
            await post(nowhere)
        with pytest.raises(Unreached):
            await calls.call("POST", "/ HTTP/1.1\r\nx: y", [], b"")
        hanging = asyncio.create_task(post(calls))
        await asyncio.sleep(0.05)
        with pytest.raises(Unreached):
            await post(calls)
        hanging.cancel()
        other.says = [OK]
        await asyncio.sleep(0.05)
        assert (await post(calls)).status == 200, "who hangs up gives the place back"
        assert len(other.requests) == 2

    run(Other(b"HTTP/1.1 200 OK\r\n"), work, most=1)


def test_one_that_idled_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE", 0.0)

    async def work(other: Other, calls: Connections) -> None:
        await post(calls)
        await post(calls)
        assert other.connected == 2

    run(Other(OK), work)
