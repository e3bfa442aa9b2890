"""A shop's days with pywa and heyoo, unmodified, through the gateway to the simulated platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pywa.errors import WhatsAppError
from pywa.types import Message, MessageStatus
from pywa.types.templates import TemplateLanguage
from tests.adapters.journeys import QUEUE, Shop, agree, refused, refused_to, shop, until

from cartellino.simulator.cloud.beginning import NUMBER

pytestmark = pytest.mark.served

ANNA, BRUNO, CARLA, DINO = "393331234567", "393331234568", "393331234569", "393331234570"
EN = TemplateLanguage.ENGLISH


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path / "data") as opened:
        yield opened


def test_days_of_a_shop(days: Shop) -> None:
    wa, heyoo = days.pywa, days.heyoo
    days.meets(ANNA, mood="answers")
    days.meets(BRUNO, CARLA, DINO)

    # Opt-in, and a first template.
    assert refused(lambda: wa.send_template(ANNA, "spring_sale", EN)) == (131050, "consent")
    assert refused_to(heyoo.send_template("spring_sale", BRUNO, [], "en")) == (131050, "consent")
    assert days.sent() == 0
    agree(days.gateway, ANNA, CARLA)
    sent = wa.send_template(ANNA, "spring_sale", EN)
    assert sent.id.startswith("wamid.")
    days.passes("1h")

    # She answers: the window opens, and both clients may write.
    answers = days.hears(Message)
    assert {one.status.value for one in days.hears(MessageStatus)} >= {"sent", "delivered"}
    assert [one.from_user.wa_id for one in answers] == [ANNA]
    assert days.sender()["windows"] == {"open": 1, "waiting_for_an_answer": 1, "people": 1}
    answers[0].reply_text("From nine to one.")
    answers[0].mark_as_read()
    assert "messages" in heyoo.send_message("And from four to seven.", ANNA)
    assert days.sender()["windows"]["waiting_for_an_answer"] == 0

    # The window closes.
    days.passes("25h")
    taken = days.sent()
    assert refused(lambda: wa.send_message(ANNA, "Still there?")) == (131047, "window")
    assert refused_to(heyoo.send_message("Still there?", ANNA)) == (131047, "window")
    assert days.sent() == taken
    assert "messages" in heyoo.send_template("order_update", BRUNO, [], "en"), "an order is no offer"

    # A campaign: the one who is reckless gets refusals, nobody gets more than they can bear.
    results = [heyoo.send_template("spring_sale", to, [], "en") for to in (ANNA, CARLA, CARLA, DINO)]
    assert ["messages" in one for one in results] == [True, True, False, False]
    assert [refused_to(one)[1] for one in results[2:]] == ["frequency", "consent"]

    # Carla stops. Orders still reach her, offers do not, whoever sends them.
    days.says(CARLA, "Stop.")
    days.passes("25h")
    assert refused(lambda: wa.send_template(CARLA, "spring_sale", EN)) == (131050, "opted-out")
    assert wa.send_template(CARLA, "order_update", EN).id


def test_a_restriction_and_the_recovery_after_it(days: Shop) -> None:
    wa = days.pywa
    days.meets(ANNA, BRUNO)
    agree(days.gateway, BRUNO)
    days.says(ANNA, "Do you have it in red?")
    days.simulator.post(f"/_sim/numbers/{NUMBER}/restrict", **{"for": "3d"})
    days.passes("10s")
    taken = days.sent()
    try:
        wa.send_template(BRUNO, "spring_sale", EN)
    except WhatsAppError as error:
        assert error.raw["error_data"]["cartellino"]["rule"] == "restricted"
        until_when = error.raw["error_data"]["cartellino"]["next_allowed_at"]
    else:
        raise AssertionError("the account is restricted")
    assert refused(lambda: wa.send_template(BRUNO, "order_update", EN))[1] == "restricted"
    (stopped,) = days.sender()["restrictions"]
    assert (stopped["stops"], stopped["until"]) == ("business_initiated", until_when)
    assert days.sent() == taken
    assert wa.send_message(ANNA, "Yes, and in blue.").id, "who wrote is answered"
    waits = days.gateway.client.post(QUEUE, json={
        "message": {"messaging_product": "whatsapp", "to": BRUNO, "type": "template",
                    "template": {"name": "order_update", "language": {"code": "en"}}},
        "expires_in": "4d", "idempotency_key": "order 1",
    }).json()  # fmt: skip
    assert waits["waits_for"] == ["restricted"]
    days.passes("73h")
    assert wa.send_template(BRUNO, "spring_sale", EN).id, "it is over"
    until(lambda: days.gateway.client.get(f"{QUEUE}/{waits['item_id']}").json()["state"] == "sent", 90)


def test_who_signs_up_or_opts_out_in_the_app_is_obeyed_under_a_new_number_too(days: Shop) -> None:
    wa = days.pywa
    days.meets(ANNA, BRUNO, CARLA)
    agree(days.gateway, ANNA, BRUNO)

    # She signs up in the app: an agreement with the words of the link, and the link as its proof.
    made = wa.create_signup("News of our shop, once a week", "Welcome", "https://shop.example/p", accept_policy=True)
    signup = getattr(made, "id", made)
    days.simulator.post(f"/_sim/recipients/{CARLA}/signup", signup_id=signup)
    days.passes("10s")
    assert wa.send_template(CARLA, "spring_sale", EN).id
    ledger = days.gateway.client.get("/v1/senders/consents", params={"to": f"+{CARLA}"}).json()
    (given,) = ledger["agreed"]
    assert (given["source"], given["wording"], given["proof"]) == (
        "platform: signup", "News of our shop, once a week", signup)  # fmt: skip
    days.simulator.post(f"/_sim/recipients/{ANNA}/stop")
    days.passes("10s")
    assert refused(lambda: wa.send_template(ANNA, "spring_sale", EN)) == (131050, "opted-out")
    days.says(BRUNO, "Basta!")
    days.simulator.post(f"/_sim/recipients/{BRUNO}/change_number", to=DINO)
    days.passes("10s")
    assert refused(lambda: wa.send_template(DINO, "spring_sale", EN)) == (131050, "opted-out")
    days.simulator.post(f"/_sim/recipients/{ANNA}/resume")
    days.passes("10s")
    assert wa.send_template(ANNA, "spring_sale", EN).id


def test_webhooks_may_come_twice_together_and_in_the_wrong_order(days: Shop) -> None:
    days.simulator.post("/_sim/webhooks", duplicate=True, batch=50, reversed=True)
    people = [f"3933312340{number:02d}" for number in range(12)]
    days.meets(*people, mood="answers")
    agree(days.gateway, *people)
    for one in people:
        assert days.pywa.send_template(one, "spring_sale", EN).id
    days.passes("2h")
    days.says(people[0], "STOP")
    days.simulator.post(f"/_sim/numbers/{NUMBER}/violate", type="SCAM")
    days.passes("10s")
    told, truth = days.sender(), days.simulator.get(f"/_sim/numbers/{NUMBER}")
    assert [one["kind"] for one in told["violations"]] == ["SCAM"]
    assert told["limits"]["people_in_24h"]["used"] == truth["began_24h"] == len(people)
    assert told["windows"] == {"open": 12, "waiting_for_an_answer": 12, "people": 12}
    assert refused(lambda: days.pywa.send_template(people[0], "spring_sale", EN))[0] in (131050, 368)
    ledger = days.gateway.client.get("/v1/senders/consents", params={"to": people[0]}).json()
    assert ledger["marketing"] is False


def test_in_observe_mode_the_same_days_pass_and_the_answers_say_what_would_not(tmp_path: Path) -> None:
    with shop(tmp_path / "data", "--mode", "observe") as days:
        days.meets(ANNA)
        assert days.pywa.send_template(ANNA, "spring_sale", EN).id
        seen = days.gateway.send({"messaging_product": "whatsapp", "to": ANNA, "type": "text", "text": {"body": "?"}})
        assert seen.json()["messages"][0]["id"], "the platform takes it, and tells later that it failed"
        assert "window" in seen.headers["x-cartellino-would-refuse"]
