"""A platform on the loopback that does as it is told, and a gateway before it in a process of its own."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from tests.api.process import Process
from tests.api.world import POLICY

from cartellino.adapters.whatsapp_cloud.signatures import sign

SECRET, VERIFY, TOKEN, NUMBER, ACCOUNT = "sim-secret", "sim-verify", "sim", "100200300", "555"
TEMPLATES = {"spring_sale": "MARKETING", "order_update": "UTILITY", "login_code": "AUTHENTICATION"}
ANNA, BRUNO = "393331234567", "393331234568"

Reply = tuple[int, dict[str, Any]]

NO_TOKEN: Reply = (
    401, {"error": {"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190}}
)  # fmt: skip


class Platform:
    """Answers like the Cloud API, and remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, str], bytes]] = []
        self.looked: list[tuple[str, str]] = []
        self.reply: Callable[[dict[str, Any]], Reply] = self.accept
        self.hold = threading.Event()
        self.hold.set()
        self._names = itertools.count()
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                platform.looked.append((self.path, self.headers.get("authorization", "")))
                self._answer(*platform.look(self.path, self.headers.get("authorization", "")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                platform.sent.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                platform.hold.wait(30)
                self._answer(*platform.take(self.headers.get("authorization", ""), body))

            def _answer(self, status: int, said: dict[str, Any]) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.send_header("x-platform", "yes")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    def look(self, path: str, authorization: str = f"Bearer {TOKEN}") -> Reply:
        if not authorization.endswith((TOKEN, SECRET)):
            return NO_TOKEN
        if "/debug_token" in path:
            return 200, {"data": {"app_id": "9", "granular_scopes": [
                {"scope": "whatsapp_business_management", "target_ids": [ACCOUNT]}]}}  # fmt: skip
        if "/message_templates" in path:
            return 200, {"data": [{"id": name, "name": name, "language": "en", "category": category,
                                   "status": "APPROVED"} for name, category in TEMPLATES.items()]}  # fmt: skip
        if "/subscriptions" in path:
            return 200, {"data": [{"object": "whatsapp_business_account", "fields": [{"name": "messages"}]}]}
        return 200, {"id": NUMBER, "display_phone_number": "+39 02 3030 0300", "quality_rating": "GREEN",
                     "whatsapp_business_manager_messaging_limit": "TIER_250"}  # fmt: skip

    def take(self, authorization: str, body: bytes) -> Reply:
        if authorization != f"Bearer {TOKEN}":
            return NO_TOKEN
        try:
            said = json.loads(body)
        except ValueError:
            said = {}
        return self.reply(said if isinstance(said, dict) else {})

    def accept(self, message: dict[str, Any]) -> Reply:
        to = str(message.get("to") or message.get("recipient", ""))
        return 200, {"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}],
                     "messages": [{"id": f"wamid.{next(self._names)}"}]}  # fmt: skip


class Gateway(Process):
    """A gateway before a platform."""

    def __init__(self, data: Path, platform: Platform, *more: str, **settings: str) -> None:
        policies = data.parent / "policies.yaml"
        policies.write_text(POLICY)
        settings = {"whatsapp_mode": "enforce", **settings}
        settings = {name: value for name, value in settings.items() if value}
        super().__init__(data, policies, whatsapp_app_secret=SECRET, whatsapp_verify_token=VERIFY, **settings)
        self._arguments[0] = "gateway"
        self.say("--upstream", platform.url, *more)
        self.business = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)

    def stop(self) -> int:
        self.business.close()
        return super().stop()

    def send(self, message: dict[str, Any], version: str = "v21.0", **headers: str) -> httpx.Response:
        return self.business.post(f"/{version}/{NUMBER}/messages", json=message, headers=headers)

    def tell(self, *changes: dict[str, Any], signature: str | None = None) -> httpx.Response:
        """Tell a webhook."""
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": list(changes)}]})
        return self.tell_raw(body.encode(), signature)

    def tell_raw(self, body: bytes, signature: str | None = None) -> httpx.Response:
        signed = sign(body, SECRET) if signature is None else signature
        headers = {"X-Hub-Signature-256": signed, "Content-Type": "application/json"}
        return self.client.post("/webhooks/whatsapp", content=body, headers=headers)

    def sender(self) -> dict[str, Any]:
        answer = self.client.get(f"/v1/senders/{NUMBER}")
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def agree(self, to: str, **more: Any) -> httpx.Response:
        return self.client.post("/v1/senders/consents", json={"consents": [{"to": to, "source": "web form", **more}]})

    def set_mode(self, rule: str, mode: str) -> None:
        self.client.post(f"/v1/senders/rules/{rule}", json={"mode": mode}).raise_for_status()


@contextmanager
def running(data: Path, *more: str, **settings: str) -> Iterator[tuple[Gateway, Platform]]:
    platform = Platform()
    gateway = Gateway(data, platform, *more, **settings)
    try:
        gateway.start()
        yield gateway, platform
    finally:
        gateway.stop()
        platform.stop()


def text(to: str = ANNA, body: str = "at your door") -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body}}


def template(name: str, to: str = ANNA, *said: str) -> dict[str, Any]:
    parts = [{"type": "body", "parameters": [{"type": "text", "text": one} for one in said]}] if said else []
    return {"messaging_product": "whatsapp", "to": to, "type": "template",
            "template": {"name": name, "language": {"code": "en"}, "components": parts}}  # fmt: skip


def wrote(said: str, by: str = ANNA, identity: str = "wamid.in1", at: float | None = None) -> dict[str, Any]:
    message = {"from": by, "id": identity, "timestamp": str(int(time.time() if at is None else at)), "type": "text",
               "text": {"body": said}}  # fmt: skip
    return change(messages=[message], contacts=[{"wa_id": by, "user_id": f"IT.{by}"}])


def change(field: str = "messages", **value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "390230300300", "phone_number_id": NUMBER}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}


def rule_of(answer: httpx.Response) -> str:
    said: str = answer.json()["error"]["error_data"]["cartellino"]["rule"]
    return said
