"""Every page over each kind of database, with something in every table that pages read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, client_of, settings_for
from tests.console.test_pages import OTHERS, PATHS, sign_in
from tests.console.test_proposals import patiently, proposed

from cartellino.commands import blind_review
from cartellino.console.pages import PAGES
from cartellino.holder.pages import PAGES as HOLDER
from cartellino.vocabulary.actors import operator
from cartellino.web.pages import static

HOLDERS = ["/", "/account", "/account/guide", "/account/recover?screen=limited&cause=messages", "/transparency"]


@pytest.fixture
def world(tmp_path: Path, url: str) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data", database=url, audit_share=1.0), time)
    try:
        with client_of(service, static, *HOLDER, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def test_every_page_answers(world: World) -> None:
    world.breaks("a", "b", "c")
    (sanction,) = world.standing("a")["sanctions"]
    filed = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()
    (sanction,) = world.standing("b")["sanctions"]
    heard = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()
    body = {"outcome": "reversed", "reason": "So it is."}
    world.people["reviewer"]("POST", f"/v1/appeals/{heard['appeal_id']}/outcome", body)
    found = world.key("GET", "/v1/decisions?account=c").json()["decisions"]
    decision = found[0]["decision_id"]
    world.service.writer.do(
        lambda unit: blind_review.make_golden(unit, decision, right=True, why="Beyond doubt."), operator("ann")
    ).result()
    proposal = proposed(world)
    csrf = sign_in(world, "admin")
    world.client.post(f"/console/looks/{decision}", data={"csrf": csrf, "outcome": "right"})
    paths = [*PATHS, *(path for path, _ in OTHERS), *HOLDERS, proposal, f"/console/cases/{filed['appeal_id']}",
             f"/console/decisions/{decision}", f"/console/decisions/{decision}/parts",
             f"/console/decisions/{decision}/week", "/console/policies/spam/bulk/did"]  # fmt: skip
    for path in paths:
        answer = world.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text[:2_000]}"
    assert "spam/bulk" in patiently(world, "/console/lately", "spam/bulk")
    assert "Accounts a day" in patiently(world, "/console/policies/figures", "Accounts a day")
    assert "Newly sanctioned" in patiently(world, f"{proposal}/rehearsal", "Newly sanctioned")
