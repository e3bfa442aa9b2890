"""How webhooks are carried: signed, again after a failure, twice or several at once when somebody wishes."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.receivers import answers
from tests.simulator.cloud.running import Simulator

ANN = "628110000000"


def say(simulator: Simulator, many: int = 1) -> None:
    for number in range(many):
        simulator.post(f"/_sim/recipients/{ANN}/say", text=f"Hello {number}")


def words(simulator: Simulator) -> list[str]:
    return [value["messages"][0]["text"]["body"] for value in simulator.told()]


def test_what_one_person_does_comes_in_order_and_signed(simulator: Simulator) -> None:
    say(simulator, 5)
    simulator.settle("1s")
    assert words(simulator) == [f"Hello {number}" for number in range(5)]
    assert simulator.signed()


def test_a_receiver_that_fails_is_told_again(simulator: Simulator) -> None:
    simulator.post("/_sim/webhooks", pause=0.05)
    simulator.receiver.behaviour = answers("500 Internal Server Error")
    say(simulator)
    while simulator.get("/_sim/webhooks")["failed"] < 2:
        time.sleep(0.01)
    simulator.receiver.behaviour = answers("200 OK")
    simulator.settle("1s")
    told = simulator.get("/_sim/webhooks")
    assert (told["delivered"], told["pending"], told["given_up"]) == (1, 0, 0)
    assert len(set(simulator.receiver.bodies)) == 1


def test_a_receiver_that_never_comes_back_is_given_up(simulator: Simulator) -> None:
    simulator.post("/_sim/webhooks", pause=0.01, attempts=3)
    simulator.receiver.behaviour = answers("503 Service Unavailable")
    say(simulator)
    simulator.settle("1s")
    told = simulator.get("/_sim/webhooks")
    assert (told["given_up"], told["failed"]) == (1, 3)
    assert "503" in told["last_failure"]


def test_while_the_network_is_down_sending_goes_on_and_all_arrives_later(simulator: Simulator) -> None:
    simulator.post("/_sim/webhooks", down=True, pause=0.05)
    say(simulator, 3)
    assert simulator.send(to=ANN, text={"body": "Hello"}).startswith("wamid.")
    assert simulator.receiver.bodies == []
    simulator.post("/_sim/webhooks", down=False)
    simulator.settle("1s")
    assert len([value for value in simulator.told() if "messages" in value]) == 3


def test_each_call_can_be_made_twice(simulator: Simulator) -> None:
    simulator.post("/_sim/webhooks", duplicate=True)
    say(simulator, 2)
    simulator.settle("1s")
    assert len(simulator.receiver.bodies) == 4
    assert len(set(simulator.receiver.bodies)) == 2


def test_several_updates_can_come_in_one_call(simulator: Simulator) -> None:
    simulator.post("/_sim/webhooks", batch=50)
    say(simulator)
    sent = [simulator.send(to=ANN, text={"body": "Hello"}) for _ in range(20)]
    simulator.settle()
    told = [value["statuses"][0]["id"] for value in simulator.told() if "statuses" in value]
    assert set(told) == set(sent)
    changes = [len(json.loads(body)["entry"][0]["changes"]) for body in simulator.receiver.bodies]
    assert max(changes) == min(50, len(told))
    assert simulator.signed()


class Challenged(BaseHTTPRequestHandler):
    """Answers the challenge to whoever knows the token."""

    def do_GET(self) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query))
        known = asked["hub.verify_token"] == "mine" and asked["hub.mode"] == "subscribe"
        body = asked["hub.challenge"].encode() if known else b"no"
        self.send_response(200 if known else 403)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(("token", "status"), [("mine", 200), ("other", 400)])
def test_a_callback_has_to_answer_with_the_challenge(simulator: Simulator, token: str, status: int) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Challenged) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/in"
        asked = {"webhook_configuration": {"override_callback_uri": url, "verify_token": token}}
        answer = simulator.client.post("/v21.0/100200300", json=asked)
        server.shutdown()
    assert answer.status_code == status
    shown = simulator.get("/v21.0/100200300?fields=webhook_configuration")["webhook_configuration"]
    assert shown.get("phone_number") == (url if status == 200 else None)


def test_who_unsubscribes_hears_nothing(simulator: Simulator) -> None:
    simulator.client.delete("/v21.0/200300400/subscribed_apps")
    say(simulator)
    simulator.settle("1s")
    assert simulator.receiver.bodies == []
    simulator.post("/v21.0/200300400/subscribed_apps")
    say(simulator)
    simulator.settle("1s")
    assert len(simulator.receiver.bodies) == 1


def test_while_the_platforms_agent_answers_messages_come_as_standby(simulator: Simulator) -> None:
    simulator.post("/_sim/numbers/100200300", standby=True)
    say(simulator)
    simulator.settle("1s")
    assert simulator.told() == []
    assert [value["messages"][0]["text"]["body"] for value in simulator.told("standby")] == ["Hello 0"]


def test_anything_can_be_told(simulator: Simulator) -> None:
    value = {"entity_type": "BUSINESS", "alert_info": {"alert_type": "NEVER_SEEN"}}
    simulator.post("/_sim/numbers/100200300/tell", field="account_alerts", value=value)
    simulator.settle("1s")
    assert simulator.told("account_alerts") == [value]
