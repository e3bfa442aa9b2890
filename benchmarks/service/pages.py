"""How long pages take with a million accounts: in the kernel, in the log, and a million decisions in the database.

    python -m benchmarks.service.pages [--accounts 1000000] [--decisions 1000000] [--repeat 40]

A service in a process of its own. Some hundred accounts are sanctioned through the front door; then its database is
grown by copies of those rows, so that decisions, sanctions, notices and closed appeals are as many as a large service
has. Each page is asked `repeat` times, one after the other, after two times that do not count; parts that htmx asks for
after the page are measured by themselves.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from statistics import median, quantiles

import httpx

from benchmarks.kernel.common import show
from benchmarks.service.http import Served, fill
from cartellino.service import credentials
from cartellino.storage.database import Database

PASSWORD = "a password of the benchmark"
DAY = 86_400_000

_GROW = """
INSERT INTO decisions (decision_id, sanction_id, service, account, at, sequence, rule, rule_version, policy_version,
                       code, kind, mode, cluster, record)
SELECT 'g' || n.value, 'sg' || n.value, d.service, 'a' || (n.value % :accounts), d.at - (n.value % 30) * :day,
       d.sequence, d.rule, d.rule_version, d.policy_version, d.code, d.kind, d.mode, 'c' || (n.value / 7), d.record
FROM numbers n JOIN first d ON d.place = n.value % :first;
INSERT INTO sanctions SELECT 'sg' || n.value, 'g' || n.value, s.service, 'a' || (n.value % :accounts), s.rule, s.ladder,
       s.kind, s.scope, s.starts_at, s.ends_at, s.lifted_at, s.expired_at, s.strike
FROM numbers n JOIN (SELECT * FROM sanctions LIMIT 1) s;
"""


def grow(folder: Path, given: Namespace) -> None:
    """Copy rows until the tables are as large as asked."""
    rows = sqlite3.connect(folder / "cartellino.db")
    rows.execute("CREATE TEMP TABLE numbers (value INTEGER PRIMARY KEY)")
    rows.executemany("INSERT INTO numbers VALUES (?)", ((n,) for n in range(given.decisions)))
    rows.execute("CREATE TEMP TABLE first AS SELECT *, row_number() OVER () - 1 AS place FROM decisions LIMIT 200")
    rows.execute("CREATE UNIQUE INDEX temp.first_place ON first (place)")
    (first,) = rows.execute("SELECT count(*) FROM first").fetchone()
    values = {"accounts": given.accounts, "day": DAY, "first": first}
    for statement in _GROW.split(";")[:-1]:
        rows.execute(statement, values)
    _grow_cases(rows, given.decisions // 20, values)
    rows.commit()
    rows.execute("ANALYZE")
    rows.close()


def _grow_cases(rows: sqlite3.Connection, many: int, values: dict[str, int]) -> None:
    """One decision of twenty was appealed; one of fifty of these appeals is open."""
    columns = [one[1] for one in rows.execute("PRAGMA table_info(cases)")]
    given = {
        "case_id": "'cg' || n.value", "account": "'a' || (n.value % :accounts)", "sanction_id": "'sg' || n.value",
        "decision_id": "'g' || n.value", "kind": "'appeal'",
        "outcome": "CASE n.value % 5 WHEN 0 THEN 'reversed' ELSE 'upheld' END",
        "status": "'closed'", "closed_at": "c.opened_at + 1000", "closed_by": "'nina'", "reason": "'So it is.'",
        "due_at": "c.due_at + n.value",
    }  # fmt: skip
    chosen = ", ".join(given.get(one, f"c.{one}") for one in columns)
    rows.execute(
        f"INSERT INTO cases ({', '.join(columns)}) SELECT {chosen} "
        "FROM numbers n JOIN (SELECT * FROM cases WHERE kind = 'appeal' LIMIT 1) c WHERE n.value < :many",
        {**values, "many": many},
    )
    rows.execute(
        "UPDATE cases SET status = 'open', closed_at = NULL, closed_by = NULL, outcome = NULL, reason = NULL "
        "WHERE case_id LIKE 'cg%' AND rowid % 50 = 0"
    )


def appeal(served: Served, many: int, apart: int) -> str:
    """Let some sanctioned accounts appeal, and return one of them."""
    account = ""
    for number in range(many):
        account = f"a{number * apart}"
        standing = served.client.get(f"/v1/accounts/{account}/standing").json()
        assert standing["sanctions"], f"{account} is not sanctioned"
        for one in standing["sanctions"]:
            served.client.post(f"/v1/sanctions/{one['sanction_id']}/appeals", json={"text": "Please look."})
    return account


def sign_in(served: Served, folder: Path) -> httpx.Client:
    database = Database(f"sqlite:///{folder / 'cartellino.db'}")
    with database.begin_writing() as rows:
        credentials.make_operator(rows, "admin", "admin", 0, PASSWORD)
    database.close()
    client = httpx.Client(base_url=served.client.base_url, timeout=120, follow_redirects=True)
    client.post("/console/sign-in", data={"name": "admin", "password": PASSWORD}).raise_for_status()
    return client


def pages(served: Served, console: httpx.Client, account: str) -> list[tuple[str, httpx.Client, str]]:
    """Return every page: its name, who asks, and its path."""
    token = served.client.post("/v1/holders", json={"account": account}).json()["token"]
    holder = httpx.Client(base_url=served.client.base_url, timeout=120, follow_redirects=True)
    holder.post("/account/enter", data={"token": token})
    (decision,) = served.client.get(f"/v1/decisions?account={account}&limit=1").json()["decisions"][:1]
    queue = console.get("/console/cases").text
    case = queue.partition("data-opens href=")[2].split('"')[1]
    rule = f"/console/policies/{decision['policy']}/{decision['rule']}"
    one = f"/console/decisions/{decision['decision_id']}"
    holders = ("/account", "/account/guide", "/account/recover", "/account/check?code=AAAA-BBBB", "/transparency")
    operators = (
        "/console", "/console/now", "/console/lately", "/console/cases", case, "/console/decisions", one,
        f"{one}/parts", f"{one}/week", f"/console/account?account={account}",
        f"/console/account/signals?account={account}",
        "/console/policies", "/console/policies/figures", rule, f"{rule}/try?parameter=strangers", "/console/proposals",
        "/console/held", "/console/looks", "/console/operators", "/console/ledger",
    )  # fmt: skip
    return [(path, holder, path) for path in holders] + [(_named(path), console, path) for path in operators]


def _named(path: str) -> str:
    parts = ["…" if len(part) > 20 and "_" in part else part for part in path.split("/")]
    return "/".join(parts)


def measure(client: httpx.Client, path: str, repeat: int) -> tuple[float, float, int]:
    spans, size = [], 0
    for number in range(repeat + 2):
        began = time.perf_counter()
        answer = client.get(path)
        if number >= 2:
            spans.append(1_000 * (time.perf_counter() - began))
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        size = len(answer.content)
    return median(spans), quantiles(spans, n=20)[-1], size


def main() -> None:
    """Measure and print."""
    command = ArgumentParser(description=__doc__)
    command.add_argument("--accounts", type=int, default=1_000_000)
    command.add_argument("--decisions", type=int, default=1_000_000)
    command.add_argument("--sanctioned", type=int, default=300)
    command.add_argument("--repeat", type=int, default=40)
    given = command.parse_args()
    folder = Path(tempfile.mkdtemp())
    data = folder / "data"
    served = Served(data)
    try:
        fill(served, given.accounts, given.sanctioned)
        account = appeal(served, 20, given.accounts // given.sanctioned)
        served.stop()
        grow(data, given)
        served = Served(data)
        console = sign_in(served, data)
        rows = []
        for name, client, path in pages(served, console, account):
            middle, most, size = measure(client, path, given.repeat)
            rows.append([name, f"{middle:.0f}", f"{most:.0f}", f"{size / 1024:.0f}"])
            print(f"{middle:8.0f} ms  {name}", file=sys.stderr, flush=True)
        about = f"{given.accounts:,} accounts, {given.decisions:,} decisions, {given.repeat} times each"
        show("pages", ["page", "median ms", "p95 ms", "KiB"], rows, about)
    finally:
        served.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
