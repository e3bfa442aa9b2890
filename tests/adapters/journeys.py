"""A gateway before the simulated platform, whose webhooks go through it, and clients that know nothing of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import httpx
from heyoo import WhatsApp as Heyoo
from pywa import WhatsApp
from pywa.errors import WhatsAppError
from tests.adapters.cloud import Gateway, Platform
from tests.simulator.cloud.clients import Heard, heyoo_at, pywa_at
from tests.simulator.cloud.running import Simulator, running

from cartellino.simulator.cloud.beginning import NUMBER

QUEUE = f"/v1/senders/{NUMBER}/queue"


Kind = TypeVar("Kind")


class Shop:
    """A business that sends with two clients, through a gateway, and hears what the gateway passes on."""

    def __init__(self, gateway: Gateway, simulator: Simulator) -> None:
        self.gateway, self.simulator = gateway, simulator
        at = cast("Simulator", SimpleNamespace(url=gateway.url, sessions=simulator.sessions))
        self.pywa: WhatsApp = pywa_at(at)
        self.heyoo: Heyoo = heyoo_at(at)
        self.heard = Heard(self.pywa)
        self._read = 0
        self._made: list[Any] = []

    def meets(self, *wa_ids: str, mood: str = "ignores") -> None:
        """Let people be there."""
        self.simulator.post("/_sim/recipients", recipients=[{"wa_id": one, "mood": mood} for one in wa_ids])

    def says(self, wa_id: str, text: str) -> None:
        """Let a person write, and wait until the gateway knows."""
        self.simulator.post(f"/_sim/recipients/{wa_id}/say", text=text)
        self.passes("1s")

    def passes(self, span: str) -> None:
        """Let time pass, and wait until the webhooks have come."""
        self.simulator.settle(span)

    def hears(self, kind: type[Kind]) -> list[Kind]:
        """Return what pywa made of the webhooks that came since, once something of a kind did.

        It checks their signatures itself.
        """
        until(lambda: self._hear(kind))
        return [one for one in self._made if isinstance(one, kind)]

    def _hear(self, kind: type[Kind]) -> bool:
        for body in self.simulator.receiver.bodies[self._read :]:
            self._read += 1
            self._made.append(self.heard.hear(body))
        return any(isinstance(one, kind) for one in self._made)

    def received(self, wa_id: str) -> int:
        """Return how many messages a person got."""
        return len(self.simulator.get(f"/_sim/recipients/{wa_id}")["received"])

    def sent(self) -> int:
        """Return how many messages the platform took."""
        return int(self.simulator.get(f"/_sim/numbers/{NUMBER}")["messages"])

    def sender(self) -> dict[str, Any]:
        """Return what the gateway says of the number."""
        answer = self.gateway.client.get(f"/v1/senders/{NUMBER}")
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said


@contextmanager
def shop(data: Path, *more: str) -> Iterator[Shop]:
    """Run simulator and gateway."""
    with running() as simulator:
        gateway = Gateway(data, cast("Platform", simulator), "--forward", simulator.receiver.url, *more,
                          whatsapp_token="sim")  # fmt: skip
        try:
            gateway.start()
            simulator.post("/_sim/webhooks", url=f"{gateway.url}/webhooks/whatsapp")
            yield Shop(gateway, simulator)
        finally:
            gateway.stop()


def refused(send: Callable[[], object]) -> tuple[int, str]:
    """Return the platform's code and our rule of a send with pywa that is refused."""
    try:
        send()
    except WhatsAppError as error:
        said = error.raw["error_data"]["cartellino"]
        assert error.details
        return error.code, said["rule"]
    raise AssertionError("it was not refused")


def refused_to(answer: dict[str, Any]) -> tuple[int, str]:
    """Return the same of an answer that heyoo returns."""
    error = answer["error"]
    return error["code"], error["error_data"]["cartellino"]["rule"]


def until(what: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def agree(gateway: Gateway, *wa_ids: str, **more: Any) -> httpx.Response:
    """Write agreements into the ledger."""
    lines = [{"to": one, "source": "at the till", "wording": "Offers once a week", **more} for one in wa_ids]
    answer = gateway.client.post("/v1/senders/consents", json={"consents": lines})
    assert answer.json()["written"] == len(wa_ids), answer.text
    return answer
