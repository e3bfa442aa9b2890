"""What both scripts share: pywa through the gateway, the ledger of agreements, and the world behind the simulator.

Of these three a real shop needs the first two. The simulator is for trying: it makes people and moves time.
"""

import os
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta

import httpx
from pywa import WhatsApp
from pywa.errors import WhatsAppError

NUMBER, ACCOUNT, TOKEN, APP_SECRET = "100200300", "200300400", "sim", "sim-secret"
KEY = os.environ.get("CARTELLINO_BOOTSTRAP_KEY", "")


def arguments(about: str) -> ArgumentParser:
    """Return the arguments that both scripts have."""
    parser = ArgumentParser(description=about)
    parser.add_argument("--gateway", default="http://127.0.0.1:8002", metavar="URL")
    parser.add_argument("--simulator", default="http://127.0.0.1:8001", metavar="URL")
    return parser


def must_answer(*urls: str) -> None:
    """End with a sentence if nobody answers at one of the addresses."""
    for url in urls:
        try:
            httpx.get(url, timeout=30)
        except httpx.TransportError as error:
            sys.exit(f"Nobody answers at {url} ({error}): the README says how simulator and gateway are started.")


class Elsewhere(httpx.HTTPTransport):
    """Sends what is meant for graph.facebook.com to another address: all that pywa needs."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        request.url = request.url.copy_with(scheme=self._url.scheme, host=self._url.host, port=self._url.port)
        return super().handle_request(request)


def pywa_at(url: str) -> WhatsApp:
    """Return an ordinary client of pywa, pointed at an address."""
    return WhatsApp(phone_id=NUMBER, token=TOKEN, waba_id=ACCOUNT, app_secret=APP_SECRET,
                    session=httpx.Client(transport=Elsewhere(url), timeout=30))  # fmt: skip


class Ledger:
    """The gateway's own interface: who agreed to what, and what the number may do."""

    def __init__(self, url: str) -> None:
        if not KEY:
            sys.exit("Set CARTELLINO_BOOTSTRAP_KEY to the key with which the gateway was started.")
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30)

    def agreed(self, *people: str, source: str, wording: str, proof: str) -> int:
        """Write down that people agreed to offers; return how many lines were taken."""
        lines = [{"to": f"+{one}", "source": source, "wording": wording, "proof": f"{proof} {one[-4:]}"}
                 for one in people]  # fmt: skip
        answer = self._client.post("/v1/senders/consents", json={"consents": lines})
        answer.raise_for_status()
        return int(answer.json()["written"])

    def sender(self) -> dict:
        """Return what the gateway says of the number."""
        return dict(self._client.get(f"/v1/senders/{NUMBER}").raise_for_status().json())


class World:
    """The simulator's people and time."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=120)

    def meets(self, *people: str, mood: str, name: str = "") -> None:
        """Let people be there."""
        lines = [{"wa_id": one, "mood": mood, **({"name": name} if name else {})} for one in people]
        self._client.post("/_sim/recipients", json={"recipients": lines}).raise_for_status()

    def says(self, person: str, text: str) -> None:
        """Let somebody write to the shop."""
        self._client.post(f"/_sim/recipients/{person}/say", json={"text": text}).raise_for_status()
        self.passes("5s")

    def passes(self, span: str) -> None:
        """Let time pass, and all webhooks of it arrive."""
        self._client.post("/_sim/clock", json={"advance": span, "settle": True}).raise_for_status()

    def number(self) -> dict:
        """Return the truth about the number, which no shop could see."""
        return dict(self._client.get(f"/_sim/numbers/{NUMBER}").raise_for_status().json())

    def until_ten(self) -> None:
        """Let it be ten in the morning in Rome, where these people live: nothing advertises there at night."""
        now = datetime.fromisoformat(self._client.get("/_sim/clock").raise_for_status().json()["now"])
        ten = now.astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
        if ten <= now:
            ten += timedelta(days=1)
        self.passes(f"{int((ten - now).total_seconds())}s")


def why(error: WhatsAppError) -> dict:
    """Return why a message was not sent: of the gateway's refusals rule, reason and when it may be sent."""
    said = error.raw.get("error_data") or {}
    ours = said.get("cartellino") or {}
    return {"rule": ours.get("rule", f"the platform's {error.code}"), "says": said.get("details", error.message),
            "from": ours.get("next_allowed_at")}  # fmt: skip


def told(what: str, send: object) -> str | None:
    """Send, print what became of it, and return the message's id, or nothing if it was refused."""
    try:
        sent = send()  # type: ignore[operator]
    except WhatsAppError as error:
        refused = why(error)
        print(f"  {what}: refused by `{refused['rule']}`")
        print(f"      {refused['says']}" + (f" Again from {refused['from']}." if refused["from"] else ""))
        return None
    print(f"  {what}: sent")
    return str(sent.id)
