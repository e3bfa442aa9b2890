"""Modes, canaries and hold-outs: whom a rule reaches depends on rule and account alone; about the right share."""

from __future__ import annotations

import pytest
from tests.enforcement.things import Court, rule

from cartellino.policies.rule import Mode

ACCOUNTS = [f"a{number}" for number in range(3_000)]


def reached(mode: Mode, *, salt: str = "salt", name: str = "r") -> dict[str, str]:
    court = Court(rule(name, mode=mode), salt=salt)
    return {account: court.decided(name, account=account).note for account in ACCOUNTS}


@pytest.mark.parametrize(
    ("mode", "live"),
    [
        (Mode("live"), 1.0),
        (Mode("shadow"), 0.0),
        (Mode("canary", 0.05), 0.05),
        (Mode("canary", 0.5), 0.5),
        (Mode("canary", 0.5, 0.1), 0.5),
        (Mode("canary", 0.95, 0.2), 0.8),
        (Mode("live", 1.0, 0.1), 0.9),
        (Mode("canary", 1.0), 1.0),
        (Mode("canary", 0.0), 0.0),
    ],
)
def test_about_the_right_share_is_reached(mode: Mode, live: float) -> None:
    found = sum(not note for note in reached(mode).values()) / len(ACCOUNTS)
    assert found == pytest.approx(live, abs=0 if live in (0, 1) else 0.03)


def test_an_account_stays_in_or_out() -> None:
    mode = Mode("canary", 0.3)
    court = Court(rule(mode=mode), salt="salt")
    first = {account: court.decided(account=account).mode for account in ACCOUNTS[:300]}
    later = {account: court.decided(at=10**10, account=account).mode for account in reversed(ACCOUNTS[:300])}
    assert first == later


def test_a_wider_canary_keeps_whom_it_had() -> None:
    narrow, wide = reached(Mode("canary", 0.1)), reached(Mode("canary", 0.4))
    assert {one for one, note in narrow.items() if not note} < {one for one, note in wide.items() if not note}


def test_another_rule_or_salt_draws_others() -> None:
    mode = Mode("canary", 0.3)
    chosen = [
        {one for one, note in found.items() if not note}
        for found in (reached(mode), reached(mode, name="s"), reached(mode, salt="pepper"))
    ]
    for other in chosen[1:]:
        assert len(chosen[0] & other) / len(ACCOUNTS) == pytest.approx(0.09, abs=0.03)


def test_in_shadow_it_is_recorded_and_nothing_happens() -> None:
    court = Court(rule(rung=5, mode=Mode("shadow")))
    decision = court.decided()
    assert (decision.mode, decision.note, decision.action.kind) == ("shadow", "the rule is in shadow", "ban")
    assert court.name(0) == "clear"
    assert not court.sequencer.ledger.rows
