"""What may go wrong around the service: the disk, the database, receivers of webhooks, too many senders."""

from __future__ import annotations

import gc
import threading
import time as clock
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
import sqlalchemy as sa
from tests.api.process import Process
from tests.api.world import POLICY, Json, Time, World, begun, client_of, settings_for
from tests.storage import postgres

from cartellino.commands.webhooks import signature
from cartellino.kernel.arrays import Array
from cartellino.pipeline.state_folder import StateFolder
from cartellino.service.outgoing.messages import PAUSES
from cartellino.storage import tables
from cartellino.storage.faults import DiskFull
from cartellino.vocabulary.times import HOUR, MINUTE


class Receiver:
    """A receiver of webhooks on the loopback, which can be down."""

    def __init__(self) -> None:
        self.down = False
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.refused = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if outer.down:
                    outer.refused += 1
                else:
                    outer.got.append(({name.lower(): held for name, held in self.headers.items()}, body))
                self.send_response(503 if outer.down else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.stop()


def line(account: str, identity: str, at: int) -> bytes:
    event = {"id": identity, "time": at, "kind": "message_sent", "account": account, "peer": identity, "known": False}
    return msgspec.json.encode(event) + b"\n"


def eventually(true: Callable[[], bool], seconds: float = 60) -> None:
    until = clock.monotonic() + seconds
    while not true():
        assert clock.monotonic() < until, "it did not come true in time"
        clock.sleep(0.02)


def kinds(receiver: Receiver) -> list[str]:
    return [msgspec.json.decode(body)["type"] for _, body in receiver.got]


def test_a_webhook_is_told_and_can_check_who_tells(small: World, receiver: Receiver) -> None:
    made = small.people["admin"]("POST", "/v1/webhooks", {"url": receiver.url, "kinds": ["sanction.imposed", "notice"]})
    assert made.status_code == 201, made.text
    small.breaks("a")
    eventually(lambda: len(receiver.got) >= 2)
    assert sorted(kinds(receiver)) == ["notice", "sanction.imposed"]
    headers, body = receiver.got[0]
    at = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == signature(made.json()["secret"], headers["webhook-id"], at, body)
    assert len({one["webhook-id"] for one, _ in receiver.got}) == 2


def test_a_receiver_that_is_down_for_an_hour_misses_nothing(small: World, receiver: Receiver) -> None:
    small.people["admin"]("POST", "/v1/webhooks", {"url": receiver.url, "kinds": ["sanction.imposed"]})
    receiver.down = True
    small.breaks("a", "b")
    for _ in range(13):
        eventually(lambda: waiting(small) == 0)
        small.time.now += 5 * MINUTE
        small.service.writer.changed.set()
    assert receiver.refused > 5
    receiver.down = False
    small.time.now += HOUR
    small.service.writer.changed.set()
    eventually(lambda: len(receiver.got) >= 2)
    assert {msgspec.json.decode(body)["account"] for _, body in receiver.got} == {"a", "b"}


def test_what_cannot_be_delivered_is_dead_until_it_is_replayed(small: World, receiver: Receiver) -> None:
    small.people["admin"]("POST", "/v1/webhooks", {"url": receiver.url, "kinds": ["sanction.imposed"]})
    receiver.down = True
    small.breaks("a")
    for pause in (*PAUSES, HOUR):
        eventually(lambda: waiting(small) == 0)
        small.time.now += pause
        small.service.writer.changed.set()
    eventually(lambda: small.people["admin"]("GET", "/v1/deliveries/dead").json()["dead"] != [])
    (dead,) = small.people["admin"]("GET", "/v1/deliveries/dead").json()["dead"]
    assert dead["tries"] == len(PAUSES) + 1
    receiver.down = False
    assert small.people["admin"]("POST", f"/v1/deliveries/{dead['delivery']}/replay").status_code == 200
    eventually(lambda: receiver.got != [])


def waiting(world: World) -> int:
    """Return how many deliveries are due and were not tried, or not even made."""
    with world.service.database.begin() as rows:
        held = tables.deliveries.c
        due = sa.and_(held.state == "waiting", held.next_at <= world.service.clock.now())
        fanned = rows.scalar(sa.select(tables.progress.c.value).where(tables.progress.c.name == "fanned")) or 0
        last = rows.scalar(sa.select(sa.func.max(tables.outbox.c.number))) or 0
        return (rows.scalar(sa.select(sa.func.count()).select_from(tables.deliveries).where(due)) or 0) + last - fanned


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "http://localhost/x", "file:///etc/passwd", "http://[::1]/", "x"])
def test_webhooks_do_not_reach_into_the_own_network(tmp_path: Path, time: Time, url: str) -> None:
    service = begun(settings_for(tmp_path / "data", private_webhooks=False), time)
    try:
        with client_of(service) as client:
            answer = World(service, client, time).people["admin"]("POST", "/v1/webhooks", {"url": url})
            assert (answer.status_code, answer.json()["code"]) == (400, "bad-argument")
    finally:
        service.stop()


def test_the_stream_tells_every_change(small: World) -> None:
    small.breaks("a")
    with small.service.database.begin() as rows:
        kinds = rows.scalars(sa.select(tables.outbox.c.kind).order_by(tables.outbox.c.number)).all()
    assert kinds == ["decision", "notice", "sanction.imposed"]


def test_a_full_disk_takes_nothing_and_loses_nothing(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    small.breaks("a", others=5)
    state = small.service.writer.state
    real, full = type(state).keep, True

    def keep(self: StateFolder, batch: pa.RecordBatch, numbers: Array, sources: pa.Array, first: int) -> None:
        if full:
            raise DiskFull(state.folder, "1 MB", OSError(28, "No space left on device"))
        real(self, batch, numbers, sources, first)

    monkeypatch.setattr(type(state), "keep", keep)
    rows = b"".join(line("a", f"late-{n}", small.time.now - MINUTE + n) for n in range(5))
    refused = small.key("POST", "/v1/events", rows)
    assert refused.status_code == 503, refused.text
    assert not small.client.get("/health/ready").json()["ready"]
    full = False
    eventually(lambda: small.client.get("/health/ready").json()["ready"])
    taken = small.key("POST", "/v1/events", rows).json()
    assert (taken["accepted"], taken["duplicates"]) == (5, 0)
    small.settle()
    assert small.standing("a")["standing"] == "limited"


# The driver leaves the sockets that the server closed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.usefixtures("drivers_leavings")
def test_the_database_is_gone_for_a_while(tmp_path: Path, time: Time) -> None:
    if not postgres.is_there():
        pytest.skip("there is no PostgreSQL; ./test installs it when it is root")
    with postgres.running() as server:
        service = begun(settings_for(tmp_path / "data", database=server.url, waiting=40), time)
        try:
            with client_of(service) as client:
                world = World(service, client, time)
                world.breaks("a")
                server.stop()
                during(world)
                server.start()
                eventually(lambda: not service.writer.status.reason, 30)
                eventually(lambda: service.writer.waiting == 0, 30)
                world.settle()
                assert world.standing("b")["standing"] == "limited"
                with service.database.begin() as rows:
                    decided = rows.scalars(sa.select(tables.decisions.c.account)).all()
                assert sorted(decided) == ["a", "b"]
                gc.collect()
        finally:
            service.stop()


def during(world: World) -> None:
    """While the database is gone: events are taken until too many wait, standing is told, filing is put off."""

    def sent(number: int) -> Json:
        return world.key("POST", "/v1/events", line("b", f"b{number}", world.time.now - MINUTE + number))

    for number in range(10):
        assert sent(number).status_code == 200
    assert world.standing("a")["standing"] == "limited"


def test_too_many_waiting_events_are_told_to_come_back(small: World) -> None:
    queue = small.service.writer._queue
    queue._most_rows, queue._rows = 10, 10
    body = line("a", "x", small.time.now)
    answer = small.key("POST", "/v1/events", body)
    assert (answer.status_code, answer.json()["code"]) == (429, "busy")
    assert int(answer.headers["retry-after"]) > 0
    queue._rows = 0
    assert small.key("POST", "/v1/events", body).json()["accepted"] == 1


def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path, time: Time) -> None:
    service = begun(settings_for(tmp_path / "data", rate=3), time)
    try:
        with client_of(service) as client:
            codes = [client.get("/health/live").status_code for _ in range(5)]
            assert codes == [200, 200, 200, 429, 429]
    finally:
        service.stop()


def test_one_bad_receiver_does_not_stop_the_others(small: World, receiver: Receiver) -> None:
    admin = small.people["admin"]
    for url in ("http://127.0.0.1:1/\u0001", "http://[::1", "http://127.0.0.1:99999/"):
        assert admin("POST", "/v1/webhooks", {"url": url}).status_code == 400, url
    admin("POST", "/v1/webhooks", {"url": "http://127.0.0.1:1/nobody-listens"})
    admin("POST", "/v1/webhooks", {"url": receiver.url, "kinds": ["sanction.imposed"]})
    small.breaks("a")
    eventually(lambda: receiver.got != [])
    clock.sleep(1.5)
    assert len(receiver.got) == 1


def test_two_services_do_not_share_a_port(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    one, other = Process(tmp_path / "one", policy), Process(tmp_path / "other", policy)
    one.start()
    other.url, other.port = one.url, one.port
    other.listen_at(one.port)
    assert other.fails() == 2
    assert "cannot listen on" in other.output
    assert one.stop() == 0


def test_an_authorization_header_does_not_replace_the_second_token(small: World) -> None:
    body = {"name": "ada", "role": "admin", "password": "a long enough password"}
    small.people["admin"]("POST", "/v1/operators", body)
    small.stranger("POST", "/v1/session", {"name": "ada", "password": "a long enough password"})
    made = {"holder": "y", "scopes": ["standing"]}
    assert small.client.post("/v1/keys", json=made, headers={"Authorization": "x"}).status_code == 403
    token = small.client.get("/v1/me").json()["csrf_token"]
    assert small.client.post("/v1/keys", json=made, headers={"x-csrf-token": token}).status_code == 201
