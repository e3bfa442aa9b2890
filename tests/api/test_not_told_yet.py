"""What ends before its own notice was due: told once, no earlier than that notice, and with what it was about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.api.world import POLICY, Json, Time, World, begun, client_of, settings_for

from cartellino.commands.notices import DELAY
from cartellino.storage import tables
from cartellino.vocabulary.ids import fraction
from cartellino.vocabulary.times import HOUR, MINUTE

REPORTED = POLICY.replace("    action: review\n", "    ladder: spam\n    discloses: general\n")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world in which reports lead to a limit by themselves."""
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time, REPORTED)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def reported(world: World) -> None:
    """Let three accounts report `a`, so that a limit follows."""
    world.send([
        {"id": f"r{n}", "time": world.time.now - MINUTE + n, "kind": "reported", "account": "a", "peer": f"p{n}"}
        for n in range(3)
    ])  # fmt: skip


def told(world: World, language: str = "en") -> dict[str, Json]:
    """Return what an account was told, by shape."""
    answer = world.key("GET", "/v1/accounts/a/notices", headers={"Accept-Language": language})
    return {notice["shape"]: notice for notice in answer.json()["notices"]}


def test_the_delay_after_reports_cannot_be_computed_from_what_is_known_outside(world: World) -> None:
    """Else the time of a notice, less its delay, were the time of the report."""
    reported(world)
    (decision,) = world.key("GET", "/v1/decisions?account=a").json()["decisions"]
    path, wrong = f"/v1/decisions/{decision['decision_id']}/overturn", {"reason": "They were mistaken."}
    assert world.people["reviewer"]("POST", path, wrong).status_code == 200
    with world.service.database.begin() as rows:
        delayed = tables.notices.c.shape.in_(("limited", "report_outcome"))
        notices = rows.execute(sa.select(tables.notices).where(delayed)).all()
    assert [notice.shape for notice in notices] == ["limited", *["report_outcome"] * 3]
    least, most = DELAY
    for notice in notices:
        seed, delay = notice.decision_id.removeprefix("r_"), notice.due_at - notice.made_at
        assert delay == least + int(fraction(world.service.settings.salt, "delay", seed) * (most - least))
        assert delay != least + int(fraction("delay", seed) * (most - least))


@pytest.mark.parametrize("how", ["reversed", "lifted"])
def test_what_ends_before_it_was_told_is_named_once_and_no_earlier(world: World, how: str) -> None:
    reported(world)
    (sanction,) = world.standing("a")["sanctions"]
    reviewer, path = world.people["reviewer"], f"/v1/sanctions/{sanction['sanction_id']}"
    if how == "lifted":
        assert reviewer("POST", f"{path}/lift", {"reason": "They were mistaken."}).status_code == 200
    else:
        (decision,) = world.key("GET", "/v1/decisions?account=a").json()["decisions"]
        wrong = {"reason": "They were mistaken."}
        assert reviewer("POST", f"/v1/decisions/{decision['decision_id']}/overturn", wrong).status_code == 200
    assert world.standing("a")["standing"] == "clear"
    assert told(world) == {}, "the delay still hides who reported"
    world.later(3 * HOUR)
    assert sorted(told(world)) == sorted([how, "limited"])
    assert "Several people reported you." in told(world)[how]["why"]
    assert "Non ti avevamo ancora detto" in told(world, "it")[how]["why"]
    with world.service.database.begin() as rows:
        kinds = rows.scalars(sa.select(tables.outbox.c.data).where(tables.outbox.c.kind == "notice")).all()
    assert [data["shape"] for data in kinds if data["shape"] in (how, "limited")] == [how]
