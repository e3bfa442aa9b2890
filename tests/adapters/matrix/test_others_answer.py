"""Whatever answers in place of Cartellino or the homeserver: the process beside it waits, and goes on with the rest."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests.adapters.matrix.answering import answer, answering, dated
from tests.adapters.matrix.homeserver import PSEUDONYMS

from cartellino.adapters.matrix.actuator import MatrixActuator
from cartellino.adapters.matrix.directory import OFTEN, Directory
from cartellino.adapters.matrix.homeserver import Homeserver
from cartellino.adapters.matrix.http import Refused, Unreached
from cartellino.adapters.matrix.journal import Acts
from cartellino.adapters.matrix.pseudonyms import Pseudonyms
from cartellino.adapters.matrix.running import IN_A_ROW, Runner
from cartellino.adapters.matrix.service_api import Service, change_of

NAMES = Pseudonyms(PSEUDONYMS.encode())
HOUR = 3_600_000

OTHERS = {
    "an empty object": answer(b"{}"),
    "a list": answer(b"[]"),
    "null": answer(b"null"),
    "nothing": answer(b""),
    "no JSON": answer(b"<p/>"),
    "half a character": answer(b'{"account":"\xff"}'),
    "too deep": answer(b"[" * 100_000),
    "names of other kinds": answer(b'{"account":1,"name":[],"users":{},"sanctions":7,"notices":"x","server_keys":1}'),
    "a sanction at no time": answer(
        b'{"account":"m_1","sanctions":[{"sanction_id":"s","kind":"ban","starts_at":"soon","ends_at":null}]}'
    ),
    "somebody else's standing": answer(b'{"account":"m_2","sanctions":[]}'),
    "a fault": answer(b"Traceback", "500 Oops"),
    "another place": answer(b"", "302 Found", "Location: http://127.0.0.1:1/"),
    "a wrong key": answer(b'{"errcode":"M_UNKNOWN_TOKEN"}', "401 Unauthorized"),
    "too much": answer(b" " * (17 << 20)),
    "no HTTP": b"\x00\xff" * 100,
    "the end of the line": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{",
}

ASKED: dict[str, Callable[[Service, Homeserver], Awaitable[object]]] = {
    "standing": lambda service, _: service.standing("m_1"),
    "notice": lambda service, _: service.notice("n_1", "it"),
    "undelivered": lambda service, _: service.undelivered("m_1"),
    "state": lambda _, home: home.state("@a:b"),
    "check": lambda _, home: home.check(),
    "load": lambda _, home: Directory(home, NAMES, ()).load(),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_somebody_else_answers_is_tried_again_or_refused(name: str) -> None:
    async def asked(url: str) -> None:
        service, home = Service(url, "key", "main"), Homeserver(url, "token")
        for what, ask in ASKED.items():
            if name in ("a sanction at no time", "somebody else's standing") and what != "standing":
                continue
            with pytest.raises((Unreached, Refused)):
                await ask(service, home)
        await service.stop()
        await home.stop()

    with answering(OTHERS[name]) as url:
        asyncio.run(asked(url))


FORGED = {
    "no number": {"event": "decision", "id": "\u0661\u0662", "data": "{}"},
    "a header in a number": {"event": "reset", "id": "1\r\nX: y", "data": "{}"},
    "a number of a thousand digits": {"event": "reset", "id": "9" * 1_000, "data": "{}"},
    "no object": {"event": "decision", "id": "x", "data": "[1]"},
    "too deep": {"event": "decision", "id": "x", "data": "[" * 100_000},
    "half a character": {"event": "decision", "id": "x", "data": '{"account":"\ud800"}'},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_change_moves_nothing(name: str) -> None:
    assert change_of(FORGED[name]).number == ""


def test_a_stream_without_an_end_of_line_is_given_up() -> None:
    async def followed(url: str) -> list[Any]:
        service, heard = Service(url, "key", "main"), []
        with pytest.raises(Unreached, match="a line of more than"):
            async for change in service.changes(""):
                heard.append(change)  # noqa: PERF401 - what came before the fault counts
        await service.stop()
        return heard

    said = b'event: sanction.imposed\nid: 7\ndata: {"service":"main","account":"m_1"}\njunk: x\n\ndata: ' + b"x" * (
        2 << 20
    )
    with answering(answer(said)) as url:
        heard = asyncio.run(followed(url))
    told = [(change.kind, change.number, change.account) for change in heard if change.kind]
    assert told == [("sanction.imposed", "7", "m_1")]


@pytest.mark.parametrize(("ahead", "departs"), [(3_600, HOUR), (-3_600, -HOUR), (1, 0)])
def test_sanctions_begin_and_end_by_the_clock_of_cartellino(ahead: int, departs: int) -> None:
    async def asked(url: str) -> int:
        service = Service(url, "key", "main")
        await service.standing("m_1")
        now = service.now()
        await service.stop()
        return now

    with answering(dated(b'{"account":"m_1","sanctions":[]}', ahead)) as url:
        now = asyncio.run(asked(url))
    assert abs(now - time.time() * 1000 - departs) < 3_000


class Odd:
    """A homeserver and a Cartellino of which some accounts cannot be asked about."""

    def __init__(self, people: list[str], broken: list[str]) -> None:
        self.people, self.broken, self.suspended = people, broken, set[str]()
        self.lists = 0

    def __call__(self, path: str) -> bytes:
        name = unquote(path.partition("?")[0].rpartition("/")[2])
        if path.startswith("/_synapse/admin/v2/users?"):
            self.lists += 1
            users = [{"name": person} for person in self.people]
            return answer(json.dumps({"users": users[::-1] if "order_by" in path else users}).encode())
        if path.startswith("/_synapse/admin/v1/suspend/"):
            self.suspended.add(name)
            return answer(b"{}")
        if path.startswith("/_synapse/admin/v2/users/"):
            said = json.dumps({"name": name, "suspended": name in self.suspended}).encode()
            return answer(said, "500 Oops" if name in self.broken else "200 OK")
        account = path.split("/")[3]
        sanction = {"sanction_id": "s", "kind": "suspension", "starts_at": "2026-01-01T00:00:00Z", "ends_at": None}
        return answer(json.dumps({"account": account, "sanctions": [sanction]}).encode())


def test_accounts_that_cannot_be_asked_about_hold_up_nobody(tmp_path: Path) -> None:
    broken = [f"@odd{number}:x" for number in range(IN_A_ROW + 1)]
    good = [f"@good{number}:x" for number in range(5)]
    odd = Odd([*broken, *good], broken)

    async def ran(url: str) -> None:
        home, service, acts = Homeserver(url, "token"), Service(url, "key", "main"), Acts(tmp_path)
        directory = Directory(home, NAMES, ())
        actuator = MatrixActuator(home, service, directory, acts, wait=HOUR, account_url="http://x", language="en")
        runner = Runner(home, service, actuator, directory, acts, every=60, now=service.now)
        for person in [*broken, *good]:
            runner.look_at(NAMES.account(person))
        task = asyncio.ensure_future(runner.work())
        for _ in range(200):
            await asyncio.sleep(0.1)
            if odd.suspended == set(good):
                break
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await home.stop()
        await service.stop()

    with answering(odd) as url:
        asyncio.run(ran(url))
    assert odd.suspended == set(good)


def test_pseudonyms_of_nobody_do_not_read_the_whole_list_again_and_again() -> None:
    odd, clock = Odd([f"@p{number}:x" for number in range(20)], []), [0.0]

    async def asked(url: str) -> None:
        home = Homeserver(url, "token")
        directory = Directory(home, NAMES, (), clock=lambda: clock[0])
        for number in range(10):
            assert await directory.entry(f"m_{number}") is None
        assert odd.lists == 10  # a page each, of which the newest account is known already
        odd.people.append("@new:x")
        assert await directory.entry(NAMES.account("@new:x")) is not None
        clock[0] = OFTEN
        odd.people.insert(0, "@old:x")  # whoever the order hides is found when all of it is read again
        assert await directory.entry(NAMES.account("@old:x")) is not None
        await home.stop()

    with answering(odd) as url:
        asyncio.run(asked(url))
