"""Subscriptions by mail and webhook, with a real mail server: nobody is written to who has not confirmed."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import httpx
import msgspec
import pytest
from aiosmtpd.controller import Controller
from tests.api.process import free_port
from tests.api.test_availability import outage
from tests.api.world import Time, World, begun, client_of, settings_for
from tests.receivers import Receiver, answers

from cartellino.commands import subscriptions
from cartellino.commands.webhooks import signature
from cartellino.service.outgoing.smtp import Server, send
from cartellino.status.app import PAGES
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import DAY, HOUR

BASE = "https://status.example.org"


class Mailbox:
    """A mail server that keeps what it is given; it refuses addresses at `full.example.org`."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: Any, session: Any, envelope: Any, address: str, options: Any  # noqa: ANN401
    ) -> str:  # fmt: skip
        if address.endswith("@full.example.org"):
            return "452 4.2.2 the mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ANN401, N802
        from email import message_from_bytes, policy

        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


def served(folder: Path, **more: str) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(folder / "data", public_url=BASE, smtp_from="status@example.org", **more), time)
    service.outgoing.postman.stop()  # the tests deliver when they want to
    try:
        with client_of(service, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()


@pytest.fixture
def world(tmp_path: Path, mailbox: tuple[Mailbox, str]) -> Iterator[World]:
    yield from served(tmp_path, smtp=mailbox[1])


def asked(world: World, target: str = "ada@example.org", **more: str) -> httpx.Response:
    answer: httpx.Response = world.client.post("/status/subscribe", data={"target": target, "kind": "mail", **more})
    return answer


def deliver(world: World) -> int:
    return world.service.outgoing.postman.deliver()


def path_in(mail: Any, which: str) -> str:  # noqa: ANN401
    (found,) = re.findall(rf"{BASE}(/status/subscriptions/u_\w+/{which})", mail.get_content())
    return str(found)


def confirmed(world: World, box: Mailbox, target: str = "ada@example.org", **more: str) -> str:
    """Subscribe and confirm; return the path that ends it."""
    assert asked(world, target, **more).status_code == 200
    deliver(world)
    path = path_in(box.mails.pop(), "confirm")
    assert world.client.post(path).status_code == 200
    return path.replace("confirm", "end")


def test_who_confirms_is_told_what_fails_in_their_country_and_when_it_is_over(
    world: World, mailbox: tuple[Mailbox, str]
) -> None:
    box, _ = mailbox
    ends = confirmed(world, box, country="ID", feature="sending", language="en")
    confirmed(world, box, "bob@example.org", country="FR")
    outage(world)
    assert deliver(world) >= 1
    assert {mail["To"] for mail in box.mails} == {"ada@example.org"}
    told = box.mails[0]
    assert told["Subject"] == "Status of the service: Indonesia"
    assert "Indonesia, sending messages: P" in told.get_content()
    assert told["List-Unsubscribe"] == f"<{BASE}{ends}>"
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert path_in(told, "end") == ends
    assert world.client.post(ends, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with world.service.database.begin() as rows:
        kept = rows.exec_driver_sql("SELECT target FROM subscriptions").scalars().all()
    assert kept == ["bob@example.org"], "who has ended it is forgotten"
    assert world.client.post(ends).status_code == 200, "and may press the button again"


def test_before_it_is_confirmed_nothing_is_sent_but_one_request(world: World, mailbox: tuple[Mailbox, str]) -> None:
    box, _ = mailbox
    for _ in range(5):
        assert asked(world, language="id").status_code == 200
    deliver(world)
    (mail,) = box.mails
    assert mail["To"] == "ada@example.org"
    assert world.client.get(path_in(mail, "confirm")).status_code == 200
    outage(world)
    deliver(world)
    assert len(box.mails) == 1, "to look at the page confirms nothing"


def test_the_request_is_in_the_readers_language(world: World, mailbox: tuple[Mailbox, str]) -> None:
    world.client.post("/status/subscribe?language=it", data={"target": "eva@example.org", "kind": "mail"})
    deliver(world)
    assert mailbox[0].mails[0]["Subject"] == "Conferma l'iscrizione agli aggiornamenti sullo stato del servizio"


def test_what_nobody_confirms_within_a_day_is_forgotten(world: World, mailbox: tuple[Mailbox, str]) -> None:
    asked(world)
    deliver(world)
    path = path_in(mailbox[0].mails[0], "confirm")
    world.later(DAY + HOUR)
    assert world.client.get(path).status_code == 404
    assert world.client.post(path).status_code == 404


ODD = ["", "ada", "ada@", "@example.org", "ada@example", "a b@example.org", "ada@example.org\nBcc: eve@example.org",
       "ada@example.org, eve@example.org", "<ada@example.org>", "a" * 300 + "@example.org"]  # fmt: skip


@pytest.mark.parametrize("target", ODD)
def test_what_is_no_address_is_refused(world: World, mailbox: tuple[Mailbox, str], target: str) -> None:
    assert asked(world, target).status_code == 400
    assert deliver(world) == 0


@pytest.mark.parametrize("more", [{"country": "XX"}, {"feature": "teleport"}, {"service": "other"}])
def test_what_there_is_not_cannot_be_subscribed_to(world: World, more: dict[str, str]) -> None:
    assert asked(world, **more).status_code == 400


def test_one_address_cannot_have_many_written_to(world: World) -> None:
    answers = [asked(world, f"a{number}@example.org").status_code for number in range(12)]
    assert answers[:10] == [200] * 10
    assert set(answers[10:]) == {429}


def test_where_many_wait_to_be_confirmed_it_is_said_and_the_oldest_make_room(
    world: World, mailbox: tuple[Mailbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST", 2)
    for number in range(2):
        assert asked(world, f"{number}@example.org").status_code == 200
    assert deliver(world) == 2
    refused = asked(world)
    assert refused.status_code == 503
    assert "so this one was not taken" in refused.text
    assert deliver(world) == 0
    world.later(HOUR)
    assert asked(world).status_code == 200
    assert world.client.get(path_in(mailbox[0].mails[0], "confirm")).status_code == 404


def test_a_mailbox_that_is_full_is_tried_again_and_given_up(world: World, mailbox: tuple[Mailbox, str]) -> None:
    asked(world, "ada@full.example.org")
    asked(world, "bob@example.org")
    assert deliver(world) == 1, "others are written to meanwhile"
    for _ in range(6):
        world.time.now += 3 * HOUR
        assert deliver(world) == 0
    with world.service.database.begin() as rows:
        assert rows.exec_driver_sql("SELECT count(*) FROM status_messages").scalar() == 0


def test_a_webhook_confirms_before_it_is_told(world: World) -> None:
    receiver = Receiver(answers("200 OK"))
    try:
        asked(world, receiver.url, kind="webhook", country="ID")
        deliver(world)
        (body,) = receiver.bodies
        request = msgspec.json.decode(body)
        assert request["type"] == "status.confirm"
        assert world.client.post(request["confirm"].removeprefix(BASE)).status_code == 200
        outage(world)
        deliver(world)
        told = msgspec.json.decode(receiver.bodies[-1])
        assert told["type"] == "status.levels"
        assert told["data"]["changes"][0]["country"] == "ID"
        headers = {name.lower(): value for name, _, value in
                   (line.partition(": ") for line in receiver.heads[-1].decode().split("\r\n"))}  # fmt: skip
        at = int(headers["webhook-timestamp"])
        signed = signature(request["secret"], headers["webhook-id"], at, receiver.bodies[-1])
        assert headers["webhook-signature"] == signed
    finally:
        receiver.stop()


def test_without_a_public_address_nobody_can_subscribe(tmp_path: Path) -> None:
    time = Time()
    service = begun(settings_for(tmp_path / "data", smtp="smtp://127.0.0.1:9"), time)
    try:
        with client_of(service, *PAGES) as client:
            assert "Here nobody can be written to" in client.get("/status/subscribe").text
            answer = client.post("/status/subscribe", data={"target": "ada@example.org", "kind": "mail"})
            assert answer.status_code == 400
    finally:
        service.stop()


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://host:port", "smtp:"])
def test_what_names_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(BadArgument, match="smtp://"):
        Server.of(url)


def mail() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.org", "b@example.org", "x"
    made.set_content("x")
    return made


def test_no_password_is_sent_to_a_server_without_encryption(mailbox: tuple[Mailbox, str]) -> None:
    server = Server.of(mailbox[1])._replace(name="robot", password="secret")
    with pytest.raises(OSError, match="no encryption"):
        send(server, mail())
    assert mailbox[0].mails == []


def test_a_server_that_drips_is_cut_off_at_the_deadline() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _ = listener.accept()
        with line, suppress(OSError):
            while True:
                line.sendall(b"2")
                sleep(0.05)

    thread = Thread(target=drip, daemon=True)
    thread.start()
    with pytest.raises(OSError):
        send(Server("127.0.0.1", listener.getsockname()[1], "", "", is_tls=False), mail(), deadline=0.5)
    listener.close()
    thread.join(10)
    assert not thread.is_alive()
