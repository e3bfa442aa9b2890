"""The gateway in a process of its own, before a platform on the loopback."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.adapters.cloud import (
    ANNA,
    BRUNO,
    NUMBER,
    SECRET,
    TOKEN,
    VERIFY,
    Gateway,
    Platform,
    change,
    rule_of,
    running,
    template,
    text,
    wrote,
)
from tests.receivers import Receiver, answers

from cartellino.adapters.whatsapp_cloud.signatures import is_signed

pytestmark = pytest.mark.served


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Platform]]:
    with running(tmp_path_factory.mktemp("gateway") / "data") as both:
        both[0].set_mode("quiet-hours", "off")  # the tests run at any hour
        yield both


def test_a_reply_needs_an_open_window_and_goes_through_as_it_came(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    refused = gateway.send(text("393331110001"))
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == 131047
    assert rule_of(refused) == "window"
    assert gateway.tell(wrote("is it here?", "393331110001", "wamid.w1")).status_code == 200
    body = json.dumps(text("393331110001"), indent=3).encode()
    passed = gateway.business.post(f"/v13.0/{NUMBER}/messages", content=body, headers={"X-Own": "kept"})
    assert passed.status_code == 200
    assert passed.json()["messages"][0]["id"].startswith("wamid.")
    path, headers, seen = platform.sent[-1]
    assert (path, seen) == (f"/v13.0/{NUMBER}/messages", body)
    assert headers["x-own"] == "kept"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert passed.headers["x-platform"] == "yes"


def test_clients_leave_out_what_they_do(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    gateway.tell(wrote("hello", "393331110002", "wamid.w2"))
    plain = {"messaging_product": "whatsapp", "to": "+39 333 111 0002", "text": {"body": "hi"}}
    assert gateway.send(plain).status_code == 200
    by_user = {"messaging_product": "whatsapp", "recipient": "IT.393331110002", "type": "text", "text": {"body": "hi"}}
    assert gateway.send(by_user, version="v27.0").status_code == 200, "the webhook named both"
    in_query = httpx.post(f"{gateway.url}/v21.0/{NUMBER}/messages", params={"access_token": TOKEN}, json=plain)
    assert in_query.status_code == 401, "the platform on the loopback wants the header; it was asked"
    assert "access_token=sim" in platform.sent[-1][0]
    read = gateway.send({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.w2"})
    assert read.status_code == 200
    wrong = gateway.send({"messaging_product": "whatsapp", "to": "0", "type": "text", "text": {"body": "hi"}})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, 131009)


def test_marketing_needs_consent_and_obeys_a_stop(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    person = "393331110003"
    assert rule_of(gateway.send(template("spring_sale", person))) == "consent"
    assert gateway.agree(person, wording="Offers once a week", proof="form 7").json()["written"] == 1
    assert gateway.send(template("spring_sale", person)).status_code == 200
    again = gateway.send(template("spring_sale", person, "more"))
    assert (again.json()["error"]["code"], rule_of(again)) == (131049, "frequency")
    assert again.json()["error"]["error_data"]["cartellino"]["next_allowed_at"] > "2026"
    gateway.tell(wrote("STOP 🙏", person, "wamid.w3"))
    assert rule_of(gateway.send(template("spring_sale", person))) == "opted-out"
    assert gateway.send(text(person)).status_code == 200, "the window is open: an answer may be sent"
    ledger = gateway.client.get("/v1/senders/consents", params={"to": person}).json()
    assert (ledger["marketing"], ledger["agreed"][0]["wording"]) == (False, "Offers once a week")


@pytest.mark.parametrize("field", ["standby", "messages"])
def test_a_stop_counts_whoever_answers_for_the_business(both: tuple[Gateway, Platform], field: str) -> None:
    gateway, _ = both
    person = f"39333111010{len(field) % 7}"
    gateway.agree(person)
    told = wrote("Berhenti", person, f"wamid.s{field}")
    told["field"] = field
    gateway.tell(told)
    assert rule_of(gateway.send(template("spring_sale", person))) == "opted-out"


def test_what_the_platform_restricts_is_stopped_and_replies_go_on(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    gateway.tell(wrote("hi", "393331110005", "wamid.w5"))
    soon = int(time.time()) + 3
    restriction = {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": soon}
    gateway.tell(
        {"field": "account_update", "value": {"event": "ACCOUNT_RESTRICTION", "restriction_info": [restriction]}}
    )
    refused = gateway.send(template("order_update", "393331110006"))
    assert (refused.status_code, rule_of(refused)) == (403, "restricted")
    assert gateway.send(text("393331110005")).status_code == 200
    stopped = gateway.sender()["restrictions"]
    assert [one["stops"] for one in stopped] == ["business_initiated"]
    time.sleep(3.5)
    assert gateway.send(template("order_update", "393331110006")).status_code == 200


def test_what_cannot_be_read_is_refused_with_the_mark_too(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    unreadable: list[dict[str, Any]] = [{}, {"to": "12"}, {"to": []}]
    for message in unreadable:
        refused = gateway.send(message)
        assert (refused.status_code, rule_of(refused)) == (400, "unreadable")


def test_observe_refuses_nothing_and_says_what_it_would(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    gateway.set_mode("consent", "observe")
    try:
        seen = gateway.send(template("spring_sale", "393331110007"))
        would = json.loads(seen.headers["x-cartellino-would-refuse"])
        assert (seen.status_code, would["rule"], would["next_allowed_at"]) == (200, "consent", None)
        assert would["evidence"] == {"category": "marketing", "consent": "unknown"}
        gateway.client.post("/v1/senders/bypass", json={"on": True})
        assert "x-cartellino-would-refuse" not in gateway.send(text("393331110008")).headers
    finally:
        gateway.client.post("/v1/senders/bypass", json={"on": False})
        gateway.set_mode("consent", "enforce")
    assert gateway.client.post("/v1/senders/rules/nothing", json={"mode": "off"}).status_code == 404


def test_nobody_else_tells_webhooks(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    told = wrote("START", "393331110009", "wamid.w9")
    for signature in ("", "sha256=", "sha256=" + "0" * 64, "sha1=abc"):
        assert gateway.tell(told, signature=signature).status_code == 401
    assert gateway.client.get("/v1/senders/consents", params={"to": "393331110009"}).json()["known"] is False
    hands = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY}
    shaken = httpx.get(f"{gateway.url}/webhooks/whatsapp", params=hands)
    assert (shaken.status_code, shaken.text) == (200, "1158201444")
    wrong = httpx.get(f"{gateway.url}/webhooks/whatsapp", params={**hands, "hub.verify_token": "no"})
    assert wrong.status_code == 403


def test_strange_webhooks_are_kept_and_never_fail(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    strange: list[dict[str, Any]] = [
        {"field": "brand_new_field", "value": {"x": 1}},
        {"field": "messages", "value": None},
        change(messages=[{"from": "393331110011", "id": "m", "type": "hologram", "timestamp": "NaN"}]),
        change(statuses=[{"id": "w", "status": "teleported", "timestamp": "99999999999999999"}]),
        {"field": "account_update", "value": {"event": "ACCOUNT_RESTRICTION",
                                              "restriction_info": [{"restriction_type": "RESTRICTED_SINGING"}]}},
    ]  # fmt: skip
    for one in strange[:-1]:
        assert gateway.tell(one).status_code == 200, one
    for body in (b"", b"[]", b"{}", b'{"entry": 7}', b"\xff\xfe", b'{"entry": [[[[]]]]}'):
        assert gateway.tell_raw(body).status_code == 200, body
    alarms = {alarm["alarm"]: alarm for alarm in gateway.sender()["alarms"]}
    assert alarms["unfamiliar"]["evidence"]["kinds"] >= 3
    assert alarms["unsubscribed"]["evidence"]["missing"].startswith("user_preferences")
    assert gateway.tell_raw(b"x" * 3_200_000).status_code == 413


def test_a_webhook_that_comes_twice_counts_once(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    before = gateway.sender()["windows"]
    for _ in range(3):
        gateway.tell(wrote("hello", "393331110012", "wamid.twice"))
    after = gateway.sender()["windows"]
    assert after["people"] == before["people"] + 1
    assert after["waiting_for_an_answer"] == before["waiting_for_an_answer"] + 1


def test_a_send_cannot_hide_in_a_batch_or_behind_another_method(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    count = len(platform.sent)
    batch = {"batch": json.dumps([{"method": "POST", "relative_url": f"{NUMBER}/messages"}])}
    for path, params in (("/v21.0/", {}), ("/v21.0", batch), (f"/v21.0/{NUMBER}/messages", {"method": "post"})):
        refused = gateway.business.post(path, params=params, json=batch)
        assert refused.status_code == 400, path
    got = gateway.business.get(f"/v21.0/{NUMBER}/messages", params={"METHOD": "POST"})
    assert got.status_code == 400
    for path in (f"/v21.0/{NUMBER}/messages/", f"/v21.0//{NUMBER}/Messages", f"/v21.0/{NUMBER}/%6dessages"):
        hidden = gateway.business.post(path, json=template("spring_sale", "393331110013"))
        assert rule_of(hidden) == "consent", path
    assert len(platform.sent) == count


def test_a_send_cannot_hide_in_the_body_of_another_call(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    count = len(platform.sent)
    inside = json.dumps([{"method": "POST", "relative_url": f"{NUMBER}/messages"}])
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for path in ("/v21.0/me", f"/v21.0/{NUMBER}/media"):
        for hidden in (
            gateway.business.post(path, json={"batch": inside}),
            gateway.business.post(path, data={"batch": inside}),
            gateway.business.post(path, data={"batch[0][method]": "POST"}),
            gateway.business.post(path, data={"Method": "post"}),
            gateway.business.post(path, files={"batch": (None, inside)}),
            gateway.business.post(path, content=gzip.compress(b'{"batch": []}'), headers=packed),
        ):
            assert hidden.status_code == 400, hidden.request.headers
            assert "not taken" in hidden.text or "Content-Encoding" in hidden.text
    assert len(platform.sent) == count


def test_a_send_cannot_hide_in_the_query_in_odd_paths_or_as_something_else(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    count, to = len(platform.sent), "393331110017"
    message = template("spring_sale", to)
    receipt = {"status": "read", "message_id": "wamid.w2"}
    for path in ("messages?to=393331110018", "messages?type=text&text[body]=x", "messages%20", "messages;a=b",
                 "messages.", "%EF%BD%8Dessages"):  # fmt: skip
        assert gateway.business.post(f"/v21.0/{NUMBER}/{path}", json=message).status_code == 400, path
    assert gateway.business.post(f"/v21.0/{NUMBER};x/messages", json=message).status_code == 400
    assert gateway.business.put(f"/v21.0/{NUMBER}/messages", json=message).status_code == 400
    for hidden in ({**message, **receipt}, {**message, "recipient_type": "group"}):
        assert rule_of(gateway.send(hidden)) == "consent"
    assert len(platform.sent) == count
    gateway.business.get(f"/v21.0/{NUMBER}/messages", headers={"X-HTTP-Method-Override": "POST"})
    form = {"Content-Type": "application/json; as=x-www-form-urlencoded"}
    polyglot = json.dumps({**message, "x": "&to=393331110018&status=read&message_id=1"})
    path = f"/v21.0/{NUMBER}/messages"
    assert rule_of(gateway.business.post(path, content=polyglot, headers=form)) == "consent"
    assert len(platform.sent) == count


def test_a_send_cannot_hide_its_token_in_the_body(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    count = len(platform.sent)
    message = template("spring_sale", "393331110015")
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in message.items()}
    where = f"{gateway.url}/v21.0/{NUMBER}/messages"
    for hidden in (httpx.post(where, json={**message, "access_token": TOKEN}),
                   httpx.post(where, data={**form, "access_token": TOKEN})):  # fmt: skip
        assert rule_of(hidden) == "consent"
    assert len(platform.sent) == count


def test_other_calls_pass_through(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    assert (
        gateway.business.get(f"/v21.0/{NUMBER}", params={"fields": "quality_rating"}).json()["quality_rating"]
        == "GREEN"
    )
    media = gateway.business.post(
        f"/v21.0/{NUMBER}/media", files={"file": ("a.png", os.urandom(3_000_000), "image/png")}
    )
    assert media.status_code == 200
    assert len(platform.sent[-1][2]) > 3_000_000
    assert httpx.get(f"{gateway.url}/health/live").status_code == 200
    assert httpx.get(f"{gateway.url}/v1/senders/{NUMBER}").status_code == 401


def test_a_wrong_token_spends_nothing(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    used = gateway.sender()["limits"]["people_in_24h"]["used"]
    for number in range(5):
        stranger = httpx.post(f"{gateway.url}/v21.0/{NUMBER}/messages", headers={"Authorization": "Bearer wrong"},
                              json=template("order_update", f"39333112000{number}"))  # fmt: skip
        assert (stranger.status_code, stranger.json()["error"]["code"]) == (401, 190)
    assert gateway.sender()["limits"]["people_in_24h"]["used"] == used
    assert gateway.sender()["restrictions"] == []


def test_whoever_invents_a_token_learns_nothing_and_leaves_nothing(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    person, before, sent = "393331120009", gateway.sender(), len(platform.sent)
    gateway.agree(person)
    gateway.tell(wrote("STOP", person, "wamid.w19"))
    assert rule_of(gateway.send(template("spring_sale", person))) == "opted-out"
    for number in (NUMBER, "999000999"):
        for token in ("invented", "a\r\nX-Other: b"):
            asked = httpx.post(f"{gateway.url}/v21.0/{number}/messages", params={"access_token": token},
                               json=template("spring_sale", person))  # fmt: skip
            assert (asked.status_code, asked.json()["error"]["code"]) == (401, 190)
            assert "error_data" not in asked.json()["error"]
    assert gateway.client.get("/v1/senders/999000999").status_code == 404
    assert gateway.sender()["limits"] == before["limits"]
    assert len(platform.sent) <= sent + 2, "only what can be no token was passed on"


def test_an_error_of_the_platform_stops_what_it_says(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    gateway.agree("393331110014")
    platform.reply = lambda _: (400, {"error": {"code": 131049, "message": "m", "error_data": {"details": "d"}}})
    try:
        assert gateway.send(template("spring_sale", "393331110014")).json()["error"]["code"] == 131049
    finally:
        platform.reply = platform.accept
    assert rule_of(gateway.send(template("spring_sale", "393331110014"))) == "marketing-hold"


def test_what_was_being_sent_when_the_process_was_killed_counts_and_is_not_sent_again(tmp_path: Path) -> None:
    with running(tmp_path / "data") as (gateway, platform):
        gateway.tell(wrote("hi"))
        assert gateway.send(text()).status_code == 200
        sent = len(platform.sent)
        platform.hold.clear()
        hanging = threading.Thread(target=_hang, args=(gateway,), daemon=True)
        hanging.start()
        until = time.monotonic() + 20
        while len(platform.sent) == sent and time.monotonic() < until:
            time.sleep(0.01)
        gateway.kill()
        platform.hold.set()
        hanging.join(20)
        gateway.start()
        time.sleep(0.5)
        assert len(platform.sent) == sent + 1, "nobody sends it again"
        assert gateway.sender()["limits"]["people_in_24h"]["used"] == 1, "it may have been sent: it counts"


def _hang(gateway: Gateway) -> None:
    with contextlib.suppress(httpx.HTTPError):
        gateway.send(template("order_update", BRUNO))


def test_webhooks_go_on_byte_by_byte_also_when_the_business_was_away(tmp_path: Path) -> None:
    receiver = Receiver(answers("503 Service Unavailable"))
    try:
        with running(tmp_path / "data", "--forward", receiver.url) as (gateway, _):
            body = json.dumps({"object": "whatsapp_business_account", "entry": []}, indent=7).encode()
            assert gateway.tell_raw(body).status_code == 200
            _until(lambda: bool(receiver.bodies))
            receiver.behaviour = answers("200 OK")
            second = json.dumps({"object": "whatsapp_business_account", "entry": [], "n": 2}).encode()
            assert gateway.tell_raw(second).status_code == 200
            _until(lambda: receiver.bodies[-1] == second)
        assert list(dict.fromkeys(receiver.bodies)) == [body, second], "in order, and as they came"
        head = receiver.heads[-1].decode().lower()
        signature = head.partition("x-hub-signature-256: ")[2].partition("\r\n")[0]
        assert is_signed(second, signature, SECRET)
    finally:
        receiver.stop()


def test_a_webhook_that_the_business_always_refuses_does_not_keep_the_others(tmp_path: Path) -> None:
    def moody(receiver: Receiver, connection: socket.socket, body: bytes) -> None:
        answers("500 Oops" if b"poison" in body else "200 OK")(receiver, connection, body)

    receiver = Receiver(moody)
    try:
        with running(tmp_path / "data", "--forward", receiver.url) as (gateway, _):
            for name in ("poison", "first", "second"):
                assert gateway.tell_raw(json.dumps({"entry": [], "name": name}).encode()).status_code == 200
            _until(lambda: b"second" in receiver.bodies[-1] if receiver.bodies else False, 40)
            names = [json.loads(body)["name"] for body in receiver.bodies]
            assert names[:4] == ["poison"] * 4, "order comes first, for some tries"
            assert [name for name in names if name != "poison"] == ["first", "second"]
    finally:
        receiver.stop()


def _until(what: object, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:  # type: ignore[operator]
        time.sleep(0.02)


def test_while_nothing_can_be_written_replies_codes_and_orders_pass(tmp_path: Path) -> None:
    with running(tmp_path / "data") as (gateway, _):
        gateway.tell(wrote("hi"))
        gateway.agree(BRUNO)
        gateway.set_mode("quiet-hours", "off")
        assert gateway.send(text()).status_code == 200
        holder = sqlite3.connect(tmp_path / "data" / "cartellino.db", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        try:
            assert gateway.send(text()).status_code == 200
            assert gateway.send(template("login_code", "393331119001")).status_code == 200
            assert gateway.send(template("order_update", "393331119002")).status_code == 200
            refused = gateway.send(template("spring_sale", BRUNO))
            assert (refused.status_code, rule_of(refused)) == (503, "store")
            assert gateway.tell(wrote("again", ANNA, "wamid.in2")).status_code == 503, "the platform tells it again"
        finally:
            holder.execute("ROLLBACK")
            holder.close()
        _until(lambda: gateway.send(template("spring_sale", BRUNO)).status_code == 200)
        assert gateway.send(template("spring_sale", BRUNO)).json()["error"]["code"] == 131049
        assert gateway.sender()["limits"]["people_in_24h"]["used"] == 3, "what passed meanwhile is known"
