"""What the gateway does by itself: it begins by observing, and says what became of a send that it cannot answer for."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.cloud import NUMBER, Gateway, Platform, change, rule_of, running, template, text, wrote


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Platform]]:
    """A gateway as somebody starts it who says nothing of its mode."""
    with running(tmp_path_factory.mktemp("observing") / "data", whatsapp_mode="") as both:
        yield both


UNREAD: dict[str, tuple[str, dict[str, Any]]] = {
    "nobody to write to": (f"/v21.0/{NUMBER}/messages", {"json": {"type": "text"}}),
    "no phone number": (f"/v21.0/{NUMBER}/messages", {"json": {"to": "12", "text": {"body": "?"}}}),
    "no object": (f"/v21.0/{NUMBER}/messages", {"content": b"[1]"}),
    "no JSON": (f"/v21.0/{NUMBER}/messages", {"content": b"{"}),
    "a batch in the body": ("/v21.0/100200300", {"json": {"batch": "[]"}}),
    "a batch": ("/v21.0/", {"json": {"batch": "[]"}}),
    "another method": (f"/v21.0/{NUMBER}/messages?method=delete", {"json": {}}),
    "fields in the query": (f"/v21.0/{NUMBER}/messages?to=393331234567", {"json": {}}),
    "an odd path": (f"/v21.0/{NUMBER}/messages%3b/", {"json": {}}),
    "an odd upload": (f"/v21.0/{NUMBER}/media", {"files": {"batch": b"x"}}),
}


@pytest.mark.parametrize("what", UNREAD)
def test_whatever_comes_is_forwarded_as_long_as_nobody_wants_more(
    what: str, watching: tuple[Gateway, Platform]
) -> None:
    gateway, platform = watching
    path, body = UNREAD[what]
    before = len(platform.sent)
    answer = gateway.business.post(path, **body)
    assert (answer.status_code, answer.headers["x-platform"]) == (200, "yes")
    assert len(platform.sent) == before + 1
    if "/messages" in path and "to" not in path:
        assert json.loads(answer.headers["x-cartellino-would-refuse"])["rule"] == "unreadable"


def test_a_gateway_begins_by_observing_and_rules_are_enforced_one_by_one(watching: tuple[Gateway, Platform]) -> None:
    gateway, _ = watching
    assert gateway.send(text("393331110400")).status_code == 200
    modes = {rule["rule"]: (rule["mode"], rule["whose"]) for rule in gateway.sender()["rules"]}
    assert {mode for mode, _ in modes.values()} == {"observe"}
    assert (modes["store"], modes["unreadable"]) == (("observe", "gateway"), ("observe", "gateway"))
    for person, rule in (("393331110401", "consent"), ("393331110402", "unreadable")):
        message = template("spring_sale", person) if rule == "consent" else {"to": person}
        seen = gateway.send(message)
        assert (seen.status_code, json.loads(seen.headers["x-cartellino-would-refuse"])["rule"]) == (200, rule)
        gateway.set_mode(rule, "enforce")
        try:
            assert rule_of(gateway.send(message)) == rule
        finally:
            gateway.set_mode(rule, "observe")


def test_a_platform_that_is_not_reached_got_nothing(tmp_path: Path) -> None:
    away = Mute()
    away.stop()
    gateway = Gateway(tmp_path / "data", away)  # type: ignore[arg-type]
    try:
        gateway.start()
        gateway.tell(wrote("hi"))
        for _ in range(3):  # nothing is spent by what was not sent
            refused = gateway.send(text())
            assert (refused.status_code, rule_of(refused), refused.json()["error"]["code"]) == (503, "unreached", 2)
        assert gateway.client.get("/health/live").status_code == 200
    finally:
        gateway.stop()


class Mute:
    """A platform that answers everything but sends, whose connections it closes once it has read them."""

    def __init__(self) -> None:
        self.sends = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        self._server.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            head = connection.recv(65_536)
            if head.startswith(b"POST"):
                self.sends += 1
                return
            said = json.dumps({"id": NUMBER}).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
                               b"content-length: %d\r\n\r\n" % len(said) + said)  # fmt: skip


def test_a_send_that_is_not_answered_is_not_sent_again_and_counts_until_a_status_tells(tmp_path: Path) -> None:
    mute = Mute()
    gateway = Gateway(tmp_path / "data", mute)  # type: ignore[arg-type]
    try:
        gateway.start()
        gateway.tell(wrote("hi", "393331110411"))
        silent = gateway.send(text("393331110411"))
        assert (silent.status_code, rule_of(silent), mute.sends) == (504, "outcome-unknown", 1)
        status = {"id": "wamid.late", "status": "delivered", "timestamp": "1", "recipient_id": "393331110411"}
        assert gateway.tell(change(statuses=[status])).status_code == 200
    finally:
        gateway.stop()
        mute.stop()


def test_a_status_may_come_before_the_answer(tmp_path: Path) -> None:
    with running(tmp_path / "data") as (gateway, platform):
        gateway.tell(wrote("hi", "393331110421"))

        def tell_first(message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            status, said = platform.accept(message)
            told = {"id": said["messages"][0]["id"], "status": "delivered", "recipient_id": message["to"]}
            assert gateway.tell(change(statuses=[told])).status_code == 200
            return status, said

        platform.reply = tell_first
        assert gateway.send(text("393331110421")).status_code == 200
        pillars = gateway.client.get(f"/v1/senders/{NUMBER}/pillars").json()
        assert pillars, "it is read while it goes on"
        assert gateway.sender()["limits"]["service_messages_this_month"]["used"] == 1


def test_an_echo_of_the_business_app_answers_who_waits(tmp_path: Path) -> None:
    with running(tmp_path / "data") as (gateway, _):
        gateway.tell(wrote("hello?", "393331110431"))
        gateway.send(text("393331110432"))
        assert gateway.sender()["windows"]["waiting_for_an_answer"] == 1
        echo = {"from": "390230300300", "to": "393331110431", "id": "wamid.e", "timestamp": "1", "type": "text"}
        told = gateway.tell(change("smb_message_echoes", message_echoes=[echo]))
        assert told.status_code == 200, told.text
        assert gateway.sender()["windows"]["waiting_for_an_answer"] == 0


def test_who_is_erased_is_gone_from_the_disk_and_stays_unwanted_after_a_start(tmp_path: Path) -> None:
    anna, proof = "393331110441", "the form of the third of May"
    with running(tmp_path / "data") as (gateway, platform):
        gateway.agree(anna, proof=proof)
        assert gateway.send(template("order_update", anna)).status_code == 200
        ask = {"to": f"+{anna}"}
        gone = gateway.client.post("/v1/senders/consents/erase", json=ask)
        assert (gone.status_code, gone.json()) == (200, {"known": True, "kept": ["marketing"]})
        assert gateway.client.post("/v1/senders/consents/erase", json={"to": "+393331119999"}).json()["known"] is False
        gateway.agree(anna, at="2020-01-01T00:00:00Z")
        gateway.stop()
        for file in (tmp_path / "data").rglob("*"):
            assert not file.is_file() or proof.encode() not in file.read_bytes(), file
        again = Gateway(tmp_path / "data", platform)
        again.start()
        assert rule_of(again.send(template("spring_sale", anna))) == "opted-out"
        again.stop()
