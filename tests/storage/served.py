"""The whole service as a scenario (see `scenarios`): everything that it writes, in the order in which it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from io import BufferedReader, BytesIO
from pathlib import Path

import msgspec
import sqlalchemy as sa
from tests.api.world import NOW, Time, begun_from_nothing, settings_for
from tests.storage.scenarios import Tell

from cartellino.enforcement.ledger import Change, verify
from cartellino.events.batches import read_batches
from cartellino.policies.rule import Mode
from cartellino.service import credentials
from cartellino.service.service import Service
from cartellino.storage import tables
from cartellino.vocabulary.actors import operator

MODES = (Mode("shadow"), Mode("canary", 0.5))


class Served:
    """The whole service: events, a policy that changes, an account that is erased; it stops, and starts again."""

    def run(self, folder: Path, tell: Tell) -> None:
        for number in range(2):
            service = self._begun(folder)
            if number == 0:
                with service.database.begin_writing() as rows:
                    credentials.make_operator(rows, "ada", "admin", NOW)
            for account in ("alice", "bob"):
                self._take(service, f"{account}{number}")
                tell(f"taken {account}{number}")
            self._set_mode(service, MODES[number])
            tell(f"mode {MODES[number].show()}")
            service.writer.erase("main", f"alice{number}", operator("ada"), "They asked for it.").result(30)
            tell(f"erased alice{number}")
            service.stop()

    def _begun(self, folder: Path) -> Service:
        return begun_from_nothing(settings_for(folder / "data"), Time())

    def _take(self, service: Service, account: str) -> None:
        lines = [
            msgspec.json.encode({"id": f"{account}-{n}", "time": NOW - 1_000 + n, "kind": "message_sent",
                                 "account": account, "peer": f"p{n}", "known": False})
            for n in range(10)
        ]  # fmt: skip
        chunks = list(read_batches(BufferedReader(BytesIO(b"\n".join(lines))), "s"))
        service.writer.take("s", chunks).result(30)

    def _set_mode(self, service: Service, mode: Mode) -> None:
        version = service.writer.versions.version(service.writer.live.policies.version)
        assert service.writer.succeed(version.with_mode("spam/bulk", mode), operator("ada"), "It is tried.").result(30)

    def check(self, folder: Path, told: Sequence[str]) -> None:
        if not told:
            (folder / "data").mkdir(exist_ok=True)  # the salt of these settings is in none of its files
        service = self._begun(folder)
        try:
            service.writer.do(lambda unit: None).result(30)
            self._look(service, told)
        finally:
            service.stop()

    def _look(self, service: Service, told: Sequence[str]) -> None:
        taken, erased = ({line.split()[1] for line in told if line.startswith(word)} for word in ("taken", "erased"))
        accounts = Counter(one for found in service.writer.state.log.read() for one in found["account"].to_pylist())
        assert all(accounts[account] == 10 for account in accounts)
        assert not erased & set(accounts)
        assert taken - erased <= set(accounts) | {"alice0", "alice1"}  # an erasure may have been under way
        changed = sum(line.startswith("mode") for line in told)
        rule = service.writer.live.policies.rule("spam/bulk")
        assert rule is not None
        assert rule.mode.show() in [one.show() for one in (Mode("live"), *MODES)][changed : changed + 2]
        with service.database.begin() as rows:
            decided = Counter(rows.scalars(sa.select(tables.decisions.c.account)))
            ledger = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number)).all()
        assert verify([Change(**one._mapping) for one in ledger]) is None
        assert set(decided.values()) <= {1} and len(decided) >= len(taken)
        assert not erased & set(decided)
