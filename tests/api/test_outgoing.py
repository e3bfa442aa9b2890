"""What leaves the service, to receivers good and bad: a queue for each webhook, and one-time codes apart."""

from __future__ import annotations

import socket
import time as clock
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.api.process import Process
from tests.api.world import NOW, POLICY, Json, Time, World, begun, client_of, settings_for
from tests.receivers import Behaviour, Receiver, answers, drips, floods, never_answers

from cartellino.commands import webhooks
from cartellino.service import examine_tables
from cartellino.service.outgoing.message import Message
from cartellino.service.outgoing.messages import Messages
from cartellino.storage import tables
from cartellino.storage.database import Database
from cartellino.vocabulary.times import HOUR, MINUTE, SECOND, instant

Receive = Callable[..., Receiver]


@pytest.fixture
def receive() -> Iterator[Receive]:
    made: list[Receiver] = []

    def receiver(behaviour: Behaviour) -> Receiver:
        made.append(Receiver(behaviour))
        return made[-1]

    yield receiver
    for one in made:
        one.stop()


def eventually(true: Callable[[], bool], seconds: float = 20) -> None:
    until = clock.monotonic() + seconds
    while not true():
        assert clock.monotonic() < until, "it did not come true in time"
        clock.sleep(0.02)


def subscribe(world: World, receiver: Receiver, *kinds: str) -> str:
    made = world.people["admin"]("POST", "/v1/webhooks", {"url": receiver.url, "kinds": list(kinds)})
    assert made.status_code == 201, made.text
    return str(made.json()["webhook_id"])


def listed(world: World, webhook: str) -> Json:
    found = world.people["admin"]("GET", "/v1/webhooks").json()["webhooks"]
    return next((one for one in found if one["webhook_id"] == webhook), None)


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [msgspec.json.decode(body) for body in receiver.bodies]


def later(world: World, span: int) -> None:
    world.time.now += span
    world.service.writer.changed.set()


GOOD = answers("204 No Content")
BAD: dict[str, Behaviour] = {
    "a byte every two seconds": drips,
    "no answer": never_answers,
    "headers without end": floods(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 1_000 + b"\r\n"),
    "no HTTP": floods(b"", b"\0" * 65_536),
}


def test_a_bad_receiver_delays_nobody_else(small: World, receive: Receive) -> None:
    for behaviour in BAD.values():
        subscribe(small, receive(behaviour))
        subscribe(small, receive(behaviour), "code", "decision")
    good, codes = receive(GOOD), receive(GOOD)
    subscribe(small, good, "sanction.imposed")
    subscribe(small, codes, "code")
    names = [f"a{n}" for n in range(15)]
    began = clock.monotonic()
    small.breaks(*names)
    small.stranger("POST", "/v1/proofs", {"account": "a0"})
    eventually(lambda: len(good.bodies) == 15 and len(codes.bodies) == 1)
    assert clock.monotonic() - began < 10, "somebody waited for the deadline of somebody else's call"
    with small.service.database.begin() as rows:
        asked = sa.select(tables.outbox.c.account).where(tables.outbox.c.kind == "sanction.imposed")
        order = rows.scalars(asked.order_by(tables.outbox.c.number)).all()
    assert [one["account"] for one in told(good)] == order


def test_first_tries_keep_their_order_beside_what_is_tried_again(small: World, receive: Receive) -> None:
    """One message of three is refused at first; the others do not wait for it, and come in their order."""
    refused: set[bytes] = set()

    def refuse(receiver: Receiver, connection: socket.socket, body: bytes) -> None:
        first = msgspec.json.decode(body)["account"] in ("a0", "a3") and body not in refused
        refused.add(body)
        answers("500 Oh No" if first else "200 OK")(receiver, connection, body)

    receiver = receive(refuse)
    subscribe(small, receiver, "sanction.imposed")
    small.breaks(*[f"a{n}" for n in range(6)])
    eventually(lambda: len(receiver.bodies) == 6)
    assert [one["account"] for one in told(receiver)] == [f"a{n}" for n in range(6)]
    eventually(lambda: _advance(small, SECOND) and len(receiver.bodies) == 8)
    assert {one["account"] for one in told(receiver)[6:]} == {"a0", "a3"}


def test_ending_a_webhook_cuts_off_what_is_on_its_way(small: World, receive: Receive) -> None:
    silent = receive(never_answers)
    webhook = subscribe(small, silent, "sanction.imposed")
    small.breaks("a", "b")
    eventually(lambda: len(silent.bodies) == 1)
    assert small.people["admin"]("DELETE", f"/v1/webhooks/{webhook}").status_code == 200
    assert silent.left.wait(5), "the call went on after its webhook had ended"
    later(small, HOUR)
    clock.sleep(1)
    assert len(silent.bodies) == 1
    assert listed(small, webhook) is None


def test_the_service_ends_whatever_receivers_do_and_tries_again_after_the_start(tmp_path: Path, time: Time) -> None:
    behaviours = [*BAD.values()]
    with closing_all([Receiver(one) for one in behaviours]) as receivers:
        service = begun(settings_for(tmp_path / "data"), time)
        with client_of(service) as client:
            world = World(service, client, time)
            for receiver in receivers:
                subscribe(world, receiver, "sanction.imposed")
            world.breaks("a")
            eventually(lambda: all(one.bodies for one in receivers))
            began = clock.monotonic()
            service.outgoing.stop()
            assert clock.monotonic() - began < 5
            service.stop()
        for receiver in receivers:
            receiver.behaviour = GOOD
        time.now += MINUTE
        service = begun(settings_for(tmp_path / "data"), time)
        try:
            eventually(lambda: all(len(one.bodies) >= 2 for one in receivers))
        finally:
            service.stop()
        assert {one["account"] for receiver in receivers for one in told(receiver)} == {"a"}


def test_sigterm_does_not_wait_for_receivers(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    process = Process(tmp_path / "data", policy, private_webhooks="true")
    with closing_all([Receiver(never_answers), Receiver(drips)]) as receivers:
        process.start()
        for receiver in receivers:
            made = process.client.post("/v1/webhooks", json={"url": receiver.url})
            assert made.status_code == 201, made.text
        now = clock.time_ns() // 1_000_000 - 5_000
        events = [
            {"id": f"e{n}", "time": now + n, "kind": "message_sent", "account": "a", "peer": f"p{n}", "known": False}
            for n in range(10)
        ]
        process.client.post("/v1/events", content=b"\n".join(map(msgspec.json.encode, events))).raise_for_status()
        eventually(lambda: all(one.bodies for one in receivers))
        began = clock.monotonic()
        assert process.stop() == 0
        assert clock.monotonic() - began < 15


def test_a_receiver_that_is_gone_pauses_its_webhook(small: World, receive: Receive, tmp_path: Path) -> None:
    receiver = receive(answers("410 Gone"))
    webhook, admin = subscribe(small, receiver, "sanction.imposed", "code"), small.people["admin"]
    small.breaks("a", "b")
    eventually(lambda: listed(small, webhook)["state"] == "paused")
    shown = listed(small, webhook)
    assert len(receiver.bodies) == 1
    assert shown["paused"]["why"] == "the receiver answered 410 Gone"
    assert (shown["last_error"]["status"], shown["waiting"], shown["dead"]) == (410, 0, 2)
    assert "cartellino_webhooks_paused 1.0" in small.people["admin"]("GET", "/metrics").text
    small.breaks("c")
    small.stranger("POST", "/v1/proofs", {"account": "a"})
    dead = admin("GET", "/v1/deliveries/dead").json()["dead"]
    assert len(dead) == 2
    refused = admin("POST", f"/v1/deliveries/{dead[0]['delivery']}/replay")
    assert (refused.status_code, "is paused or ended" in refused.text) == (400, True)
    receiver.behaviour = GOOD
    assert admin("POST", f"/v1/webhooks/{webhook}/resume").json()["state"] == "active"
    assert admin("POST", f"/v1/webhooks/{webhook}/resume").status_code == 409
    assert admin("POST", f"/v1/deliveries/{dead[0]['delivery']}/replay").status_code == 200
    small.breaks("d")
    eventually(lambda: len(receiver.bodies) == 3)
    assert [one["account"] for one in told(receiver)] == ["a", "a", "d"]


def test_a_redirect_is_a_fault_that_is_said(small: World, receive: Receive) -> None:
    moved = receive(answers("301 Moved Permanently", "location: https://new.example.org/in"))
    webhook = subscribe(small, moved, "sanction.imposed")
    small.breaks("a")
    eventually(lambda: listed(small, webhook)["last_error"] is not None)
    error = listed(small, webhook)["last_error"]
    assert error["status"] == 301
    assert error["problem"].endswith("register where it leads: https://new.example.org/in")
    assert (listed(small, webhook)["waiting"], listed(small, webhook)["state"]) == (1, "active")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_receiver_that_is_busy_says_when_to_come_back(small: World, receive: Receive, status: str) -> None:
    busy = receive(answers(status, "retry-after: 900"))
    webhook = subscribe(small, busy, "sanction.imposed")
    small.breaks("a", "b", "c")
    eventually(lambda: listed(small, webhook)["last_error"] is not None)
    small.breaks("d", first=100)
    later(small, 800 * SECOND)
    clock.sleep(1)
    assert len(busy.bodies) == 1, "messages were sent although the receiver had asked us to wait"
    busy.behaviour = GOOD
    later(small, 100 * SECOND)
    eventually(lambda: listed(small, webhook)["delivered"] == 4)
    shown = listed(small, webhook)
    assert instant(shown["last_success_at"]) > instant(shown["last_error"]["at"]) == NOW
    assert shown["last_error"]["status"] == int(status[:3])


def test_what_is_wrong_with_a_receiver_is_said(small: World, receive: Receive) -> None:
    cases = {
        "the receiver answered 500": receive(answers("500 Oh No")),
        "HTTP/1.1": receive(floods(b"nonsense\r\n\r\n", b"\0")),
        "Connect call failed": receive(GOOD),
    }
    cases["Connect call failed"].stop()
    hooks = {said: subscribe(small, one, "sanction.imposed") for said, one in cases.items()}
    small.breaks("a")
    for said, webhook in hooks.items():
        eventually(lambda webhook=webhook: listed(small, webhook)["last_error"] is not None)  # type: ignore[misc]
        assert said in listed(small, webhook)["last_error"]["problem"]


def test_there_is_a_bound_on_webhooks(small: World, receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cartellino.commands.webhooks.MOST", 2)
    receiver = receive(GOOD)
    subscribe(small, receiver)
    first = subscribe(small, receiver)
    full = small.people["admin"]("POST", "/v1/webhooks", {"url": receiver.url})
    assert (full.status_code, full.json()["code"]) == (409, "not-now")
    small.people["admin"]("DELETE", f"/v1/webhooks/{first}")
    subscribe(small, receiver)


def test_more_webhooks_than_can_be_called_at_once_take_turns(
    small: World, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    receivers = [receive(GOOD) for _ in range(6)]
    for one in receivers:
        subscribe(small, one, "sanction.imposed")
    monkeypatch.setattr(webhooks, "MOST", 2)
    small.breaks(*[f"a{n}" for n in range(10)])
    eventually(lambda: all(len(one.bodies) == 10 for one in receivers))


def test_a_courier_goes_on_after_a_fault_of_ours(
    small: World, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, faulty = receive(GOOD), True
    real = Messages.due

    def due(self: Messages, webhook: str, now: int) -> list[Message]:
        if faulty:
            raise ZeroDivisionError
        return real(self, webhook, now)

    monkeypatch.setattr(Messages, "due", due)
    subscribe(small, receiver, "sanction.imposed")
    small.breaks("a")
    eventually(lambda: small.client.get("/health/ready").json()["degraded"] != [])
    assert "cartellino_outgoing_well 0.0" in small.people["admin"]("GET", "/metrics").text
    faulty = False
    eventually(lambda: receiver.bodies != [])
    eventually(lambda: small.client.get("/health/ready").json()["degraded"] == [])


def test_the_doctor_says_what_is_paused_and_that_nobody_takes_codes(
    small: World, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartellino.service.examine_tables.machine", small.time)
    webhook = subscribe(small, receive(answers("410 Gone")), "sanction.imposed")
    ask_for_a_code(small, "a")
    small.breaks("a")
    eventually(lambda: listed(small, webhook)["state"] == "paused")
    found = {one.what: one.state == "well" for one in examine_tables.deliveries(small.service.settings)}
    assert found == {
        "1 dead messages of webhooks": False,
        f"webhook {webhook} is paused: the receiver answered 410 Gone": False,
        "1 one-time codes were asked for within a day": False,
    }
    small.takes_codes()
    assert [one.state == "well" for one in examine_tables.deliveries(small.service.settings)] == [False, False, True]


# One-time codes


def ask_for_a_code(world: World, account: str) -> None:
    assert world.stranger("POST", "/v1/proofs", {"account": account}).status_code == 202


def everything(world: World) -> str:
    """All rows of all tables, as text, but for the digests under which codes are checked."""
    with world.service.database.begin() as rows:
        return "\n".join(
            str(row)
            for table in tables.METADATA.sorted_tables
            if table is not tables.proofs
            for row in rows.execute(sa.select(table))
        )


def test_codes_go_only_to_who_asked_for_them_and_stay_nowhere(world: World, receive: Receive) -> None:
    every, codes, late = receive(GOOD), receive(GOOD), receive(answers("500 Oh No"))
    hooks = [subscribe(world, every), subscribe(world, codes, "code", "notice"), subscribe(world, late, "code")]
    for account in ("a", "b"):
        ask_for_a_code(world, account)
    eventually(lambda: len(codes.bodies) == 2 and late.bodies != [])
    sent = [one["data"]["code"] for one in told(codes)]
    assert {(one["type"], one["account"]) for one in told(codes)} == {("code", "a"), ("code", "b")}
    eventually(lambda: listed(world, hooks[1])["waiting"] == 0)
    assert [listed(world, hook)["delivered"] for hook in hooks] == [0, 2, 0]
    assert listed(world, hooks[2])["waiting"] == 2
    assert "cartellino_codes_waiting 2.0" in world.people["admin"]("GET", "/metrics").text
    world.people["admin"]("DELETE", f"/v1/webhooks/{hooks[2]}")
    kept = everything(world)
    assert not any(f"'{code}'" in kept or f'"{code}"' in kept for code in sent)
    with world.service.database.begin() as rows:
        assert rows.scalars(sa.select(tables.outbox.c.kind)).all() == []
    assert world.people["admin"]("GET", "/v1/deliveries/dead").json()["dead"] == []
    assert every.bodies == []


def test_a_code_is_not_sent_once_it_has_ended(small: World, receive: Receive) -> None:
    receiver = receive(answers("503 Service Unavailable", "retry-after: 3600"))
    webhook = subscribe(small, receiver, "code")
    ask_for_a_code(small, "a")
    eventually(lambda: len(receiver.bodies) == 1)
    receiver.behaviour = GOOD
    small.time.now += 10 * MINUTE
    eventually(lambda: listed(small, webhook)["waiting"] == 0)
    small.time.now += HOUR
    clock.sleep(0.5)
    assert len(receiver.bodies) == 1
    with small.service.database.begin() as rows:
        assert rows.execute(sa.select(tables.codes)).all() == []


def test_codes_do_not_wait_for_other_messages_to_the_same_receiver(small: World, receive: Receive) -> None:
    def slow_but_for_codes(receiver: Receiver, connection: socket.socket, body: bytes) -> None:
        kind = msgspec.json.decode(body)["type"]
        (GOOD if kind == "code" else never_answers)(receiver, connection, body)

    receiver = receive(slow_but_for_codes)
    subscribe(small, receiver, "code", "sanction.imposed")
    small.breaks(*[f"a{n}" for n in range(10)])
    eventually(lambda: receiver.bodies != [])
    began = clock.monotonic()
    ask_for_a_code(small, "a0")
    eventually(lambda: "code" in [one["type"] for one in told(receiver)])
    assert clock.monotonic() - began < 8


def test_codes_are_tried_again_soon(small: World, receive: Receive) -> None:
    receiver = receive(answers("500 Oh No"))
    subscribe(small, receiver, "code")
    ask_for_a_code(small, "a")
    eventually(lambda: len(receiver.bodies) == 1)
    receiver.behaviour = GOOD
    eventually(lambda: _advance(small, SECOND) and len(receiver.bodies) == 2)


def _advance(world: World, span: int) -> bool:
    world.time.now += span
    return True


def test_a_code_that_nobody_takes_is_warned_about(small: World, capsys: pytest.CaptureFixture[str]) -> None:
    ask_for_a_code(small, "a-very-secret-account")
    said = capsys.readouterr()
    assert "no webhook subscribes to `code`" in said.out + said.err
    assert "a-very-secret-account" not in said.out + said.err


def test_erasing_an_account_erases_its_codes(small: World) -> None:
    small.takes_codes()
    small.breaks("a")
    ask_for_a_code(small, "a")
    ask_for_a_code(small, "b")
    body = {"reason": "They asked for it."}
    assert small.people["admin"]("POST", "/v1/accounts/a/erase", body).status_code == 200
    with small.service.database.begin() as rows:
        assert rows.scalars(sa.select(tables.codes.c.account)).all() == ["b"]


def test_an_existing_installation_is_brought_up(url: str) -> None:
    """Codes of before are blanked and no more on their way; everything else is as it was."""
    with closing(Database(url)) as database:
        database.migrate("0001")
        with database.begin_writing() as rows:
            for number, kind, data in ((1, "notice", '{"x": 1}'), (2, "code", '{"code": "123456"}')):
                row = {"number": number, "at": 5, "kind": kind, "service": "main", "account": "a", "data": data}
                rows.execute(sa.text("INSERT INTO outbox (number, at, kind, service, account, data) VALUES "
                                     "(:number, :at, :kind, :service, :account, :data)"), row)  # fmt: skip
                rows.execute(sa.text("INSERT INTO deliveries (number, message, webhook_id, state, tries, next_at) "
                                     f"VALUES ({number}, {number}, 'w_1', 'waiting', 0, 5)"))  # fmt: skip
            rows.execute(sa.text("INSERT INTO webhooks (webhook_id, url, secret, kinds, made_at) VALUES "
                                 "('w_1', 'http://127.0.0.1:1/', 'whsec_c2VjcmV0', '[]', 5)"))  # fmt: skip
        database.migrate()
        with database.begin() as rows:
            outbox = {one.number: one.data for one in rows.execute(sa.select(tables.outbox))}
            assert outbox == {1: {"x": 1}, 2: {}}
            assert rows.scalars(sa.select(tables.deliveries.c.message)).all() == [1]
            (hook,) = rows.execute(sa.select(tables.webhooks)).all()
            assert (hook.kinds, hook.paused_at, hook.last_error) == ([], None, None)


class closing_all:  # noqa: N801 - like `contextlib.closing`
    """Stop receivers at the end of the block."""

    def __init__(self, receivers: list[Receiver]) -> None:
        self.receivers = receivers

    def __enter__(self) -> list[Receiver]:
        return self.receivers

    def __exit__(self, *_: object) -> None:
        for one in self.receivers:
            one.stop()
