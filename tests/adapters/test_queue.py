"""Messages that wait until they may be sent, in a gateway of its own process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.adapters.cloud import NUMBER, TOKEN, Gateway, Platform, running, template, text, wrote

pytestmark = pytest.mark.served

QUEUE = f"/v1/senders/{NUMBER}/queue"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Platform]]:
    with running(tmp_path_factory.mktemp("queue") / "data", whatsapp_token=TOKEN) as both:
        both[0].set_mode("quiet-hours", "off")  # the tests run at any hour
        yield both


def put(gateway: Gateway, message: dict[str, Any], **more: Any) -> httpx.Response:
    return gateway.client.post(QUEUE, json={"message": message, "expires_in": "1h", **more})


def item(gateway: Gateway, name: str) -> dict[str, Any]:
    answer = gateway.client.get(f"{QUEUE}/{name}")
    answer.raise_for_status()
    said: dict[str, Any] = answer.json()
    return said


def until(what: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def to(platform: Platform, person: str) -> int:
    """Return how many messages to a person the platform was sent."""
    return sum(person.encode() in body for _, _, body in platform.sent)


def test_what_may_be_sent_leaves_at_once_and_under_one_key_only_once(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    message = template("order_update", "393332220001")
    first = put(gateway, message, idempotency_key="order 7")
    assert (first.status_code, first.json()["waits_for"]) == (202, [])
    name = first.json()["item_id"]
    until(lambda: item(gateway, name)["state"] == "sent")
    assert item(gateway, name)["message_id"].startswith("wamid.")
    again = put(gateway, message, idempotency_key="order 7").json()
    assert (again["item_id"], again["state"]) == (name, "sent")
    other = put(gateway, template("order_update", "393332220002"), idempotency_key="order 7")
    assert (other.status_code, other.json()["code"]) == (409, "not-now")
    assert to(platform, "393332220001") == 1
    assert to(platform, "393332220002") == 0


def test_what_is_refused_now_leaves_when_it_may(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    restriction = {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": int(time.time()) + 4}
    gateway.tell({"field": "account_update", "value": {"event": "ACCOUNT_RESTRICTION",
                                                       "restriction_info": [restriction]}})  # fmt: skip
    waits = put(gateway, template("order_update", "393332220003")).json()
    assert (waits["state"], waits["waits_for"]) == ("waiting", ["restricted"])
    until(lambda: item(gateway, waits["item_id"])["said"] is not None)
    held = item(gateway, waits["item_id"])
    assert (held["said"]["rule"], held["next_at"]) == ("restricted", held["said"]["next_allowed_at"])
    assert to(platform, "393332220003") == 0
    until(lambda: item(gateway, waits["item_id"])["state"] == "sent")
    assert to(platform, "393332220003") == 1


def test_what_never_may_expires_and_what_it_said_is_gone(both: tuple[Gateway, Platform], tmp_path: Path) -> None:
    gateway, platform = both
    person = "393332220004"
    name = put(gateway, text(person, "no window"), expires_in="1s").json()["item_id"]
    until(lambda: item(gateway, name)["state"] == "expired")
    assert to(platform, person) == 0
    assert gateway.client.get(QUEUE, params={"only": "expired"}).json()["items"][0]["item_id"] == name


def test_one_that_waits_can_be_cancelled(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    person = "393332220005"
    name = put(gateway, text(person)).json()["item_id"]
    assert gateway.client.delete(f"{QUEUE}/{name}").json()["state"] == "cancelled"
    assert gateway.client.delete(f"{QUEUE}/{name}").status_code == 409
    gateway.tell(wrote("hi", person, "wamid.cancelled"))
    time.sleep(1.5)
    assert to(platform, person) == 0


def test_an_answer_of_the_platform_about_the_message_ends_it_and_one_about_the_sender_does_not(
    both: tuple[Gateway, Platform],
) -> None:
    gateway, platform = both
    platform.reply = lambda _: (400, {"error": {"code": 132001, "message": "m", "error_data": {"details": "none"}}})
    try:
        name = put(gateway, template("order_update", "393332220006")).json()["item_id"]
        until(lambda: item(gateway, name)["state"] == "rejected")
        assert item(gateway, name)["said"] == {"rule": "platform", "code": 132001, "details": "none"}
        platform.reply = lambda _: (401, {"error": {"code": 190, "message": "expired"}})
        name = put(gateway, template("order_update", "393332220007")).json()["item_id"]
        until(lambda: to(platform, "393332220007") == 1)
        until(lambda: item(gateway, name)["state"] == "waiting")
        degraded = gateway.client.get("/health/ready").json()["degraded"]
        assert [one["condition"] for one in degraded] == ["senders-queue"]
    finally:
        platform.reply = platform.accept


def test_the_operators_token_looks_at_no_number_that_a_stranger_names(both: tuple[Gateway, Platform]) -> None:
    gateway, platform = both
    for number in range(20):
        httpx.post(f"{gateway.url}/v21.0/77{number}/messages", json=text(), headers={"Authorization": "Bearer other"})
    asked = [(path, by) for path, by in platform.looked if path.partition("?")[0].rpartition("/")[2].startswith("77")]
    assert {by for _, by in asked} == {"Bearer other"}
    assert len(asked) == 20


def test_bad_items_are_refused(both: tuple[Gateway, Platform]) -> None:
    gateway, _ = both
    good = template("order_update", "393332220008")
    for body, status in (
        ({"message": good}, 400),
        ({"message": good, "expires_in": "1h", "expires_at": "2026-01-01T00:00:00Z"}, 400),
        ({"message": good, "expires_in": "31d"}, 400),
        ({"message": good, "expires_in": "soon"}, 400),
        ({"message": {}, "expires_in": "1h"}, 400),
        ({"message": {"status": "read", "message_id": "w"}, "expires_in": "1h"}, 400),
        ({"message": text("0"), "expires_in": "1h"}, 400),
        ({"message": good, "expires_in": "1h", "edge": "media"}, 400),
    ):
        assert gateway.client.post(QUEUE, json=body).status_code == status, body
    assert gateway.client.get(f"{QUEUE}/q_none").status_code == 404
    assert gateway.client.get(QUEUE, params={"only": "gone"}).status_code == 400
    assert gateway.business.post(QUEUE, json={"message": good, "expires_in": "1h"}).status_code == 401


def test_what_was_leaving_when_the_process_was_killed_is_lost_and_the_rest_leaves_after_the_start(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "data", whatsapp_token=TOKEN) as (gateway, platform):
        platform.hold.clear()
        leaving = put(gateway, template("order_update", "393332220009")).json()["item_id"]
        until(lambda: to(platform, "393332220009") == 1)
        later = put(gateway, text("393332220010")).json()["item_id"]
        gateway.kill()
        platform.hold.set()
        gateway.start()
        until(lambda: item(gateway, leaving)["state"] == "lost")
        gateway.tell(wrote("hello?", "393332220010", "wamid.later"))
        assert item(gateway, later)["state"] in ("waiting", "leaving", "sent")
        time.sleep(1.5)
        assert to(platform, "393332220009") == 1, "nobody sends it again"
        assert gateway.sender()["limits"]["people_in_24h"]["used"] == 1, "it may have been sent: it counts"


def test_without_a_token_of_its_own_nothing_is_taken(tmp_path: Path) -> None:
    with running(tmp_path / "data") as (gateway, _):
        refused = put(gateway, template("order_update", "393332220011"))
        assert (refused.status_code, refused.json()["code"]) == (409, "not-now")
