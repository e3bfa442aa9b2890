"""A service in a folder of its own, asked in process; everybody around it; events that break a policy."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from argon2 import PasswordHasher
from litestar import Litestar
from litestar.testing import TestClient

from cartellino.api.app import application, shared
from cartellino.policies.load import Text
from cartellino.queries.policy_versions import Version
from cartellino.service import credentials
from cartellino.service.access import ROLES
from cartellino.service.clock import Clock
from cartellino.service.service import Service
from cartellino.service.settings import Settings
from cartellino.storage import tables
from cartellino.storage.database import Database
from cartellino.vocabulary.times import MINUTE, show_instant

NOW = 1_795_000_000_000
KEY = "bootstrap-key-of-the-tests"
POLICY = """
policy: spam
languages: [en, it, id]
clause:
  en: "Terms 4.2: no bulk or unsolicited messaging"
  it: "Termini 4.2: nessun messaggio in massa o indesiderato"
  id: "Ketentuan 4.2: tanpa pesan massal atau yang tidak diminta"
observes: [message_sent, reply_received, reported]
signals:
  strangers: distinct(message_sent.peer, where=not known, over="1h")
rules:
  bulk:
    when: strangers > param("strangers", 9)
    code: 101
    ladder: spam
    discloses: general
    reason:
      en: You wrote to too many people who do not know you.
      it: Hai scritto a troppe persone che non ti conoscono.
      id: Anda menulis kepada terlalu banyak orang yang tidak mengenal Anda.
  reported:
    when: distinct(reported.peer, over="24h") > 2
    code: 501
    action: review
    reason: {en: "Several people reported you.", it: "Più persone ti hanno segnalato.", id: "Beberapa orang melapor."}
ladders:
  spam: {shared: true, rungs: [{restriction: [new_chats], for: 24h}, {suspension: 48h}, ban]}
"""


class Time:
    """A clock that the tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


# What an answer holds is for each test to say.
Json = Any


class Addressed:
    """An application that is asked from the address in the header `x-from`, as a socket would show it."""

    def __init__(self, app: Json) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Json:
        return getattr(self._app, name)

    async def __call__(self, scope: Json, receive: Json, send: Json) -> None:
        found = dict(scope.get("headers", [])).get(b"x-from")
        await self._app({**scope, "client": (found.decode(), 1)} if found else scope, receive, send)


class Caller:
    """Somebody who asks: their headers on every request."""

    def __init__(self, client: TestClient[Any], token: str = "") -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, body: object = None, **more: Json) -> Json:
        headers = {**self.headers, **more.pop("headers", {})}
        if isinstance(body, bytes):
            return self._client.request(method, path, content=body, headers=headers, **more)
        return self._client.request(method, path, json=body, headers=headers, **more)


class World:
    """A running service, and everybody around it."""

    def __init__(self, service: Service, client: TestClient[Any], time: Time) -> None:
        self.service, self.client, self.time = service, client, time
        self.key = Caller(client, KEY)
        self.stranger = Caller(client)
        self.people: dict[str, Caller] = {}
        for role in ROLES:
            with service.database.begin_writing() as rows:
                credentials.make_operator(rows, f"the-{role}", role, NOW)
                self.people[role] = Caller(client, credentials.make_token(rows, f"the-{role}", NOW))

    def key_with(self, *scopes: str) -> Caller:
        with self.service.database.begin_writing() as rows:
            return Caller(self.client, credentials.make_key(rows, "some", list(scopes), f"source-{scopes}", NOW))

    def holder(self, account: str) -> Caller:
        made = self.key("POST", "/v1/holders", {"account": account})
        return Caller(self.client, made.json()["token"])

    def takes_codes(self) -> None:
        """Let a webhook take one-time codes. Nobody listens there, so codes stay on their way, to be read."""
        made = self.key("POST", "/v1/webhooks", {"url": "http://127.0.0.1:1/codes", "kinds": ["code"]})
        assert made.status_code == 201, made.text

    def code_of(self, account: str) -> str:
        """Return the latest one-time code of an account that is on its way."""
        asked = sa.select(tables.codes.c.code).where(tables.codes.c.account == account)
        with self.service.database.begin() as rows:
            return str(rows.scalars(asked.order_by(tables.codes.c.at.desc())).first())

    def two_change(self, path: str, body: dict[str, Any]) -> Json:
        """Let a policy-admin propose a change of the policies, and an admin agree to it."""
        made = self.people["policy-admin"]("POST", path, body).json()
        return self.people["admin"]("POST", f"/v1/proposals/{made['proposal_id']}", {"agree": True, "reason": "Right."})

    def settle(self) -> None:
        """Wait until everything that was sent is decided and written, and all scheduler are done."""
        self.service.writer.do(lambda unit: None).result(20)
        self.service.scheduler.do()

    def breaks(self, *accounts: str, first: int = 0, others: int = 10) -> None:
        """Let accounts write to strangers, so that the policy is broken."""
        self.send([
            {"id": f"{account}-{first + n}", "time": show_instant(self.time.now - MINUTE + n), "kind": "message_sent",
             "account": account, "peer": f"p{first + n}", "known": False, "device": f"device of {account}"}
            for n in range(others) for account in accounts
        ])  # fmt: skip

    def send(self, events: list[dict[str, Any]]) -> Json:
        answer = self.key("POST", "/v1/events", b"".join(msgspec.json.encode(one) + b"\n" for one in events))
        assert answer.status_code == 200, answer.text
        self.settle()
        return answer.json()

    def standing(self, account: str, **headers: str) -> dict[str, Any]:
        found: dict[str, Any] = self.key("GET", f"/v1/accounts/{account}/standing", headers=headers).json()
        return found

    def later(self, span: int) -> None:
        """Let time pass."""
        self.time.now += span
        self.settle()  # the writer looks at the time after each piece of work
        self.settle()


_FREE: dict[Json, list[Litestar]] = {}
"""Applications that nobody asks just now, by their routes and the size of their bodies."""


@contextmanager
def client_of(service: Service, *more: Json) -> Iterator[TestClient[Litestar]]:
    """Give a client of a service's application. To make one takes longer than to start a service, so they are kept
    for other services; what an application shares (`shared`) is always new."""
    free = _FREE.setdefault((service.settings.body, *map(id, more)), [])
    app = free.pop() if free else application(service, *more)
    app.state = shared(service)
    with TestClient(app) as client:
        yield client
    free.append(app)


def settings_for(folder: Path, **more: object) -> Settings:
    given = {"data": str(folder), "bootstrap_key": KEY, "salt": "salt" * 8, "native": "never",
             "secret": "secret of the tests, which is long enough",
             "workers": 1, "memory": 65_536, "private_webhooks": True, "rate": 100_000, "audit_share": 0.0}  # fmt: skip
    return Settings.of({}, **{**given, **more})


credentials._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
credentials._SOMETHING = credentials._hasher.hash("nobody's password")
"""At little cost here; what ships is asked of a process of its own (`test_people.py`)."""


@cache
def _empty_database() -> Path:
    """A database with all tables and nothing in them: to copy it is faster than to migrate an empty one."""
    file = Path(tempfile.mkdtemp(prefix="cartellino-tests-")) / "empty.db"
    atexit.register(shutil.rmtree, file.parent)
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


def begun(settings: Settings, time: Callable[[], int], policy: str = POLICY) -> Service:
    if not settings.database and not settings.folder.exists():
        settings.folder.mkdir(parents=True, mode=0o700)
        shutil.copyfile(_empty_database(), settings.folder / "cartellino.db")
    return begun_from_nothing(settings, time, policy)


def begun_from_nothing(settings: Settings, time: Callable[[], int], policy: str = POLICY) -> Service:
    """Begin a service that makes its database itself, as a new installation does."""
    service = Service(settings, Clock(time))
    service.start(Version((Text("p.yaml", policy),)))
    return service
