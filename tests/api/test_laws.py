"""The laws as the service keeps them, end to end. The others are in `tests/laws`."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.commands.consequences import facts_of
from cartellino.enforcement.action import Action
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.ledger import Change, verify
from cartellino.enforcement.wording import wording_of
from cartellino.kernel.finding import Evidence
from cartellino.notices.compose import compose
from cartellino.notices.facts import OF_ACTION
from cartellino.notices.words import Words
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.policies.rule import Rule
from cartellino.service.service import catalogues
from cartellino.storage import tables
from cartellino.vocabulary.ids import DecisionId, PolicyVersion, SanctionId
from cartellino.vocabulary.times import DAY, HOUR

PACK = load(pack("messenger"))


def kinds(world: World) -> list[str]:
    with world.service.database.begin() as rows:
        return list(rows.scalars(sa.select(tables.outbox.c.kind).order_by(tables.outbox.c.number)))


def test_law_03_a_sanction_expires_exactly_once_across_restarts_and_clock_steps(tmp_path: Path, time: Time) -> None:
    settings = settings_for(tmp_path / "data")
    steps = (0, 23 * HOUR, -5 * HOUR, 10 * HOUR, -20 * HOUR, 40 * HOUR)
    for number, step in enumerate(steps):
        time.now += step
        service = begun(settings, time)
        with client_of(service) as client:
            world = World(service, client, time)
            if number == 0:
                world.breaks("a")
            world.settle()
            expected = "limited" if number < 3 else "clear"
            assert world.standing("a")["standing"] == expected, number
            assert kinds(world).count("sanction.expired") == (number >= 3)
        service.stop()


def test_law_05_every_change_of_state_is_a_row_and_undo_survives_a_restart(tmp_path: Path, time: Time) -> None:
    settings = settings_for(tmp_path / "data")
    service = begun(settings, time)
    with client_of(service) as client:
        world = World(service, client, time)
        world.breaks("a", "b")
        (first,) = world.standing("a")["sanctions"]
        path = f"/v1/sanctions/{first['sanction_id']}/lift"
        assert world.people["reviewer"]("POST", path, {"reason": "A mistake."}).status_code == 200
        version = world.key("GET", f"/v1/decisions/d_{first['sanction_id'][2:]}").json()["rule_version"]
        world.people["policy-admin"]("POST", "/v1/policies/undo", {"rule_version": version, "reason": "Too strict."})
    service.stop()
    again = begun(settings, time)
    with client_of(again) as client:
        world = World(again, client, time)
        assert {world.standing(one)["standing"] for one in "ab"} == {"clear"}
        with again.database.begin() as rows:
            found = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number)).all()
        changes = [Change(**one._mapping) for one in found]
        assert verify(changes) is None
        assert [one.what for one in changes if one.subject.startswith("p_")] == [
            "decided", "decided", "lifted", "overturned", "overturned",
        ]  # fmt: skip
        assert {one.by for one in changes if one.what in ("lifted", "overturned")} == {
            "operator:the-reviewer",
            "operator:the-policy-admin",
        }
        assert not any(name in str(one) for one in changes for name in ("'a'", "'b'"))
    again.stop()


def test_law_10_a_reversal_repairs_later_rungs_in_the_same_transaction(small: World) -> None:
    small.breaks("a")
    (first,) = small.standing("a")["sanctions"]
    small.later(25 * HOUR)
    small.breaks("a", first=100)
    assert small.standing("a")["standing"] == "suspended"
    filed = small.key("POST", f"/v1/sanctions/{first['sanction_id']}/appeals", {"text": "It was my birthday."})
    body = {"outcome": "reversed", "reason": "All of them knew her."}
    small.people["reviewer"]("POST", f"/v1/appeals/{filed.json()['appeal_id']}/outcome", body)
    after = small.standing("a")
    assert (after["standing"], after["next_step"]) == ("limited", {"kind": "suspension", "for": "48h"})
    shapes = [one["shape"] for one in small.key("GET", "/v1/accounts/a/notices").json()["notices"]]
    assert {"reversed", "milder"} <= set(shapes)


def test_law_11_help_is_reachable_while_banned(small: World) -> None:
    for number in range(3):
        small.breaks("a", first=100 * number)
        small.later(3 * DAY)
    holder = small.holder("a")
    assert holder("GET", "/v1/accounts/a/standing").json()["standing"] == "banned"
    assert holder("GET", "/v1/accounts/a/notices").status_code == 200
    assert holder("GET", "/v1/accounts/a/export").status_code == 200
    (sanction,) = holder("GET", "/v1/accounts/a/standing").json()["sanctions"]
    filed = holder("POST", sanction["appeal"], {"text": "Please look again."})
    assert holder("GET", f"/v1/appeals/{filed.json()['appeal_id']}").json()["status"] == "open"


def test_law_12_personal_data_is_a_debt(small: World) -> None:
    small.breaks("alice")
    small.people["admin"]("POST", "/v1/accounts/alice/erase", {"reason": "Asked for it."})
    with small.service.database.begin() as rows:
        everything = [repr(row) for table in tables.METADATA.sorted_tables for row in rows.execute(sa.select(table))]
    assert not any("alice" in row for row in everything)
    assert sum("restriction" in row for row in everything) > 0


def decided(rule: Rule, kind: str) -> Decision:
    """A decision by a rule, on evidence with numbers that stand out."""
    evidence = (Evidence("strangers_24h", 987_654.0, 987_654.0, 4_321.0, "24h"),)
    action = Action("suspension", (), 2 * DAY) if kind == "suspension" else Action("ban")
    return Decision(
        DecisionId("d_1"), SanctionId("s_1"), "a", "main", DAY, 1, "e1", rule.policy, PolicyVersion("v"), rule.id,
        rule.code, action, (), evidence, 1, 1, None, "live", wording=wording_of(rule),
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "it", "id"])
@pytest.mark.parametrize("rule", [one for one in PACK.rules if one.action != "diagnosis"], ids=lambda one: one.id)
def test_law_14_a_notice_explains_without_arming(rule: Rule, language: str) -> None:
    decision = decided(rule, "suspension")
    facts = facts_of(decision, rule, OF_ACTION["suspension"], decision.action)
    composed = compose(facts, Words(catalogues()), language, DAY)
    everything = str(msgspec.to_builtins([composed, facts]))  # the numbers stand beside the text
    shows_numbers = re.search(r"987.?654|4.?321|strangers_24h", everything) is not None
    assert shows_numbers == (rule.discloses == "full")
    if rule.discloses == "sealed":
        assert rule.reason.get(language, "?") not in everything
    assert rule.clause[language] in composed.text()


def test_law_14_checking_and_standing_name_no_threshold_and_no_reporter(small: World) -> None:
    small.send([
        {"id": f"r{n}", "time": small.time.now - 9 + n, "kind": "reported", "account": "a", "peer": f"teller{n}"}
        for n in range(3)
    ])  # fmt: skip
    small.breaks("a")
    holder = small.holder("a")
    event = {"kind": "message_sent", "account": "a", "peer": "another", "known": False, "time": small.time.now}
    for answer in (
        holder("GET", "/v1/accounts/a/standing"),
        holder("GET", "/v1/accounts/a/notices"),
        holder("GET", "/v1/accounts/a/export"),
        small.key("POST", "/v1/check", event),
    ):
        assert answer.status_code == 200, answer.text
        assert "teller" not in answer.text
    checked = small.key("POST", "/v1/check", event).json()
    assert set(checked) == {"account", "standing", "allowed", "would_be", "clauses"}


def test_law_14_a_notice_after_reports_waits(small: World) -> None:
    small.two_change("/v1/policies", {"texts": [{"name": "p.yaml", "text": REPORTED}], "reason": "Reports count."})
    for _ in range(100):
        small.settle()
        if not small.service.writer.is_succeeding:
            break
        small.service.writer.changed.wait(0.05)
    small.send([
        {"id": f"r{n}", "time": small.time.now - 9 + n, "kind": "reported", "account": "a", "peer": f"p{n}"}
        for n in range(3)
    ])  # fmt: skip
    assert small.standing("a")["standing"] == "limited"
    assert small.holder("a")("GET", "/v1/accounts/a/notices").json()["notices"] == []
    small.later(2 * HOUR + 1)
    assert len(small.holder("a")("GET", "/v1/accounts/a/notices").json()["notices"]) == 1
    assert kinds(small).count("notice") == 1


REPORTED = """
policy: reports
languages: [en]
clause: "Terms 5"
observes: [reported]
rules:
  many:
    when: distinct(reported.peer, over="24h") > 2
    code: 501
    ladder: reported
    reason: {en: "You broke the rules for contact with others."}
ladders:
  reported: [{restriction: [new_chats], for: 24h}, {suspension: 48h}]
"""
