"""The simulator as a server on the loopback, in a thread, with somebody who receives its webhooks."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from threading import Thread
from typing import Any

import httpx
from tests.api.process import free_port
from tests.receivers import Receiver, answers
from tests.simulator.cloud.worlds import START

from cartellino.simulator.cloud.beginning import APP_SECRET, NUMBER
from cartellino.simulator.cloud.face.hub import Hub
from cartellino.simulator.cloud.face.server import serve, server_of


class Simulator:
    """A running simulator."""

    def __init__(self, url: str, receiver: Receiver) -> None:
        self.url, self.receiver = url, receiver
        self.client = httpx.Client(base_url=url, timeout=20, trust_env=False)
        self.client.headers["authorization"] = "Bearer sim"
        self.sessions = [self.client]
        """What is closed at the end."""

    def post(self, path: str, **body: Any) -> Any:  # noqa: ANN401
        answer = self.client.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str) -> Any:  # noqa: ANN401
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, **more: Any) -> tuple[int, int]:
        """Return status and code of a call that is refused, in the platform's shape."""
        answer = self.client.request(method, path, **more)
        error = answer.json()["error"]
        assert answer.status_code >= 400
        assert {"message", "type", "code", "fbtrace_id"} <= set(error)
        assert error["error_data"]["details"]
        return answer.status_code, error["code"]

    def send(self, **body: Any) -> str:
        """Send a message; return its id."""
        told = self.post(f"/v21.0/{NUMBER}/messages", messaging_product="whatsapp", **body)
        return str(told["messages"][0]["id"])

    def settle(self, advance: str = "10s") -> None:
        """Let time pass, and wait for the webhooks."""
        self.post("/_sim/clock", advance=advance, settle=True)

    def told(self, field: str = "messages") -> list[dict[str, Any]]:
        """Return the values of a field that came by webhook."""
        changes = [change for body in self.receiver.bodies for entry in json.loads(body)["entry"]
                   for change in entry["changes"]]  # fmt: skip
        return [change["value"] for change in changes if change["field"] == field]

    def signed(self) -> bool:
        """Whether every webhook has the right signature."""
        pairs = zip(self.receiver.heads, self.receiver.bodies, strict=True)
        return all(hmac.new(APP_SECRET.encode(), body, sha256).hexdigest().encode() in head for head, body in pairs)


@contextmanager
def running(seed: int = 1) -> Iterator[Simulator]:
    """Run a simulator whose time stands still."""
    receiver, port = Receiver(answers("200 OK")), free_port()
    loop = asyncio.new_event_loop()
    held: list[Any] = []

    async def work() -> None:
        hub = Hub(seed, START, lambda: 0.0, receiver.url)
        held.append(server_of(hub, "127.0.0.1", port))
        await serve(hub, held[0])

    thread = Thread(target=lambda: loop.run_until_complete(work()), daemon=True)
    thread.start()
    made = Simulator(f"http://127.0.0.1:{port}", receiver)
    try:
        _wait(made)
        yield made
    finally:
        for session in made.sessions:
            session.close()
        loop.call_soon_threadsafe(held[0].stop)
        thread.join(10)
        receiver.stop()
        loop.close()


def _wait(made: Simulator) -> None:
    for _ in range(200):
        try:
            made.get("/_sim")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError
