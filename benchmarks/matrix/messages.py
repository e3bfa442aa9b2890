"""What the module costs Synapse: processor time for a message, and the time that it adds.

    python -m benchmarks.matrix.messages [--rounds 60] [--messages 10]

Three homeservers of the same version on one machine, each with SQLite: without a module, with ours (and a running
Cartellino that takes the events), and with synapse-http-antispam, the nearest existing way, whose callback
`check_event_for_spam` asks a server that lets everything pass at once. A round sends the same messages into a chat of
two on each, in turn and in another order each time. Compared are the processor times of the Synapse process (all
threads, from /proc) for the same round, so that a busy machine counts for all alike; times of single messages are
measured in turn as well.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

import httpx
from tests.adapters.matrix.homeserver import Homeserver, module_config
from tests.api.process import Process
from tests.api.world import KEY

POLICIES = Path(__file__).parents[2] / "examples" / "matrix" / "policies"


class Allowing(BaseHTTPRequestHandler):
    """Answers every question of synapse-http-antispam with an empty object, which lets pass."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


class Chat(NamedTuple):
    """A chat of two on a homeserver."""

    home: Homeserver
    client: httpx.Client
    room: str

    def say(self, number: int) -> float:
        """Send a message; return how long it took, in milliseconds."""
        path = f"/_matrix/client/v3/rooms/{self.room}/send/m.room.message/{number}"
        began = time.perf_counter()
        answer = self.client.put(path, json={"msgtype": "m.text", "body": f"message {number}"})
        answer.raise_for_status()
        return (time.perf_counter() - began) * 1_000

    def processor(self) -> float:
        """Return the processor time of Synapse so far, in milliseconds."""
        threads = Path(f"/proc/{self.home.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def chat_on(folder: Path, modules: list[dict[str, object]]) -> Chat:
    """Start a homeserver, and open a chat."""
    home = Homeserver(folder)
    home.settings["modules"] = modules
    home._write()
    home.start()
    anna, bruno = home.sign_up("anna"), home.sign_up("bruno")
    asked = {"preset": "trusted_private_chat", "is_direct": True, "invite": [home.user("bruno")]}
    room = home.as_user(anna, "POST", "/_matrix/client/v3/createRoom", asked).json()["room_id"]
    home.as_user(bruno, "POST", f"/_matrix/client/v3/join/{room}", {}).raise_for_status()
    client = httpx.Client(base_url=home.url, headers={"Authorization": f"Bearer {anna}"}, timeout=120)
    chat = Chat(home, client, room)
    for number in range(20):
        chat.say(-1 - number)
    return chat


@contextmanager
def chats(folder: Path) -> Iterator[dict[str, Chat]]:
    """Run the three homeservers."""
    service = Process(folder / "data", POLICIES)
    service.start(300)
    allowing = ThreadingHTTPServer(("127.0.0.1", 0), Allowing)
    threading.Thread(target=allowing.serve_forever, daemon=True).start()
    antispam = {"base_url": f"http://127.0.0.1:{allowing.server_port}", "authorization": "token",
                "enabled_callbacks": ["check_event_for_spam"]}  # fmt: skip
    ours = module_config(folder / "module", service.url, {"main": KEY})
    made: dict[str, Chat] = {}
    try:
        for name, modules in (
            ("without", []),
            ("cartellino", [{"module": "cartellino_synapse.Cartellino", "config": ours}]),
            ("http-antispam", [{"module": "synapse_http_antispam.HTTPAntispam", "config": antispam}]),
        ):
            made[name] = chat_on(folder / name, modules)
        yield made
    finally:
        for chat in made.values():
            chat.client.close()
            chat.home.stop()
        service.stop()
        allowing.shutdown()


def main() -> None:
    """Measure, and print."""
    given = ArgumentParser()
    given.add_argument("--rounds", type=int, default=60)
    given.add_argument("--messages", type=int, default=10)
    chosen = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartellino-benchmark-") as folder, chats(Path(folder)) as all_of:
        spent: dict[str, list[float]] = {name: [] for name in all_of}
        took: dict[str, list[float]] = {name: [] for name in all_of}
        names = list(all_of)
        for turn in range(chosen.rounds):
            for name in names[turn % 3 :] + names[: turn % 3]:
                chat = all_of[name]
                began = chat.processor()
                took[name] += [chat.say(turn * chosen.messages + number) for number in range(chosen.messages)]
                spent[name].append((chat.processor() - began) / chosen.messages)
        print(json.dumps({name: figures(spent[name], took[name], spent["without"], took["without"]) for name in names},
                         indent=1))  # fmt: skip


def spread(values: list[float], digits: int) -> str:
    """Return the median of the rounds, with the quarters between which half of them lie."""
    low, middle, high = quantiles(values, n=4)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def figures(spent: list[float], took: list[float], base: list[float], base_took: list[float]) -> dict[str, object]:
    """Return processor time and times of a message, and how they differ from those without a module, pair by pair."""
    cuts = quantiles(took, n=100)
    added = [one - other for one, other in zip(spent, base, strict=True)]
    later = quantiles([one - other for one, other in zip(took, base_took, strict=True)], n=100)
    return {
        "processor_ms": spread(spent, 1), "processor_added_ms": spread(added, 2),
        "processor_ratio": spread([one / other for one, other in zip(spent, base, strict=True)], 3),
        "p50_ms": round(cuts[49], 1), "p99_ms": round(cuts[98], 1),
        "p50_added_ms": round(later[49], 2), "p99_added_ms": round(cuts[98] - quantiles(base_took, n=100)[98], 1),
    }  # fmt: skip


if __name__ == "__main__":
    main()
