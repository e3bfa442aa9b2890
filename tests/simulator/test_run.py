from __future__ import annotations

import subprocess
import sys
from collections import Counter
from hashlib import sha256
from itertools import pairwise

import pytest
from tests.simulator.lives import Lives, Strict, live, of_kind, rng, strangers

from cartellino.events.event import Event, row
from cartellino.events.kinds import KINDS
from cartellino.events.ndjson import write
from cartellino.events.validation import validate
from cartellino.simulator import lookalikes
from cartellino.simulator.attacks.campaign import Campaign
from cartellino.simulator.population import ATTACKS, PEOPLE, attack_habits, honest_habits
from cartellino.simulator.run import simulate

DIGEST = (
    "from hashlib import sha256; from cartellino.events.ndjson import write;"
    "from cartellino.simulator.run import simulate;"
    "print(sha256(b''.join(map(write, simulate(120, 2, 3, abusive=0.2)[0]))).hexdigest())"
)


def digest(seed: int) -> str:
    return sha256(b"".join(map(write, simulate(120, 2, seed, abusive=0.2)[0]))).hexdigest()


def test_the_same_seed_gives_the_same_town_to_the_last_byte() -> None:
    assert digest(3) == digest(3)


def test_another_seed_gives_another_town() -> None:
    assert digest(3) != digest(4)


@pytest.mark.parametrize("salt", ["1", "2"])
def test_the_town_does_not_depend_on_the_salt_of_pythons_hashes(salt: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", DIGEST], env={"PYTHONHASHSEED": salt}, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == digest(3)


def test_every_event_is_as_the_contract_says(lives: Lives) -> None:
    for event in lives.events:
        assert validate(row(event)) == event


def test_events_come_in_the_order_of_time_with_ids_of_their_own(lives: Lives) -> None:
    assert all(before.time <= after.time for before, after in pairwise(lives.events))
    assert len({event.id for event in lives.events}) == len(lives.events)


def test_every_account_in_the_log_has_one_label(lives: Lives) -> None:
    labelled = Counter(label.account for label in lives.labels)
    assert set(labelled.values()) == {1}
    assert lives.of.keys() <= labelled.keys()


OUTSIDE = {"outsider", "ring"}
"""Roles of accounts that are no residents, but write to them."""


def test_the_share_of_abusive_accounts_is_the_one_asked_for() -> None:
    _, labels = simulate(1_000, 1, 1, abusive=0.05)
    assert sum(label.abusive for label in labels if label.role not in ("careless-shop", "ring")) == 50


def test_labels_grow_by_the_accounts_that_evaders_burn() -> None:
    events, labels = simulate(200, 6, 1, abusive=0.2)
    before = len(labels)
    list(events)
    assert {label.role for label in labels[before:]} - OUTSIDE == {"evader"}


def test_a_label_is_a_line_of_the_contract(lives: Lives) -> None:
    for label in lives.labels:
        record = label.record()
        assert (record["account"], record["abusive"], record["role"]) == (label.account, label.abusive, label.role)
        assert ("secured_is_enough" in record) == (label.role == "takeover")


def test_nobody_does_anything_before_registering(lives: Lives) -> None:
    """Whoever registers without an earlier `account_since` is new: nothing comes before."""
    for events in lives.of.values():
        own = [event for event in events if event.device is not None]
        registered = [place for place, event in enumerate(own) if event.kind == "registered"]
        assert registered in ([], [0])


def test_every_habit_and_every_attack_lives_here(lives: Lives) -> None:
    wanted = {kind.name for kind, _ in PEOPLE} | {kind.name for kind in ATTACKS} | {"family", "careless-shop"}
    wanted |= {kind.name for kind in lookalikes.HONEST}
    assert {label.role for label in lives.labels if label.account in lives.of} - OUTSIDE == wanted


def test_operations_are_about_equally_frequent() -> None:
    operations = Counter(dict.fromkeys(attack_habits(rng(), 400), 1))
    by_kind = Counter(habit.name for habit in operations)
    assert max(by_kind.values()) - min(by_kind.values()) <= 3


def test_a_campaign_comes_only_where_its_crew_fits() -> None:
    assert len(attack_habits(rng(), 7)) == 7
    assert not any(isinstance(habit, Campaign) for habit in attack_habits(rng(), 16))


def test_a_town_has_as_many_honest_habits_as_asked_for() -> None:
    assert [len(honest_habits(wanted)) for wanted in (0, 5, 100, 2_000)] == [0, 5, 100, 2_000]


def test_people_make_about_ten_events_a_day() -> None:
    events, labels = simulate(1_500, 3, 2, abusive=0)
    people = {label.account for label in labels if label.role in {"family", "student", "night-worker", "newcomer"}}
    assert 7 <= sum(event.account in people for event in events) / len(people) / 3 <= 14


def test_honest_messages_carry_what_a_real_service_would_tell(lives: Lives) -> None:
    honest = {label.account for label in lives.labels if not label.abusive and label.role not in OUTSIDE}
    sent = [event for event in of_kind(lives.events, "message_sent") if event.account in honest]
    assert all(event.device and event.address and event.client and event.region for event in sent)
    assert all((event.group is None) != (event.peer is None) for event in sent)
    untold = [event for event in sent if event.peer and event.known is None]
    assert 0.01 < len(untold) / len(sent) < 0.03
    assert 0.01 < sum(event.content is not None for event in sent) / len(sent) < 0.15


def test_a_popular_forward_is_shared_by_many_honest_people(lives: Lives) -> None:
    honest = {label.account for label in lives.labels if not label.abusive}
    sharers: dict[str, set[str]] = {}
    for event in of_kind(lives.events, "message_sent"):
        if event.account in honest and event.forwards:
            sharers.setdefault(event.content or "", set()).add(event.account)
    assert max(map(len, sharers.values())) >= 6


def test_honest_people_receive_spam(lives: Lives) -> None:
    honest = {label.account for label in lives.labels if not label.abusive}
    assert any(strangers(events) & honest for events in lives.role("bulk-fast"))


def test_after_a_power_cut_many_retry_behind_the_same_few_addresses(lives: Lives) -> None:
    retries = [event for event in lives.events if (event.address or "").startswith("emergency-")]
    assert {"connected", "message_failed", "sign_in_failed", "message_sent"} <= {event.kind for event in retries}
    assert len({event.address for event in retries}) <= 3
    assert len({event.account for event in retries}) >= 20
    assert all(event.known in (True, None) for event in of_kind(retries, "message_failed"))


def test_whoever_has_no_power_is_silent() -> None:
    events, _ = simulate(300, 2, 6, abusive=0)
    lived = list(events)
    back = next(event.time for event in lived if (event.address or "").startswith("emergency-"))
    cut = {event.account for event in lived if (event.address or "").startswith("emergency-")}
    assert not [event for event in _own(lived) if event.account in cut and back - 7_200_000 <= event.time < back]


def _own(events: list[Event]) -> list[Event]:
    return [event for event in events if event.device is not None]


def test_in_a_closed_loop_a_banned_account_does_nothing_more() -> None:
    judge = Strict("ban", every=20)
    lived = live(200, 3, 5, abusive=0.2, judge=judge)
    assert judge.first
    for account, last in judge.first.items():
        assert not [event for event in _own(lived.of[account]) if int(event.id[1:]) > int(last.id[1:])]


def test_in_a_closed_loop_a_restricted_account_starts_no_more_chats_but_answers() -> None:
    judge = Strict("restriction", every=30)
    lived = live(200, 3, 5, abusive=0.2, judge=judge)
    bulk = [label.account for label in lived.labels if label.role == "bulk-fast" and label.account in judge.first]
    assert bulk
    assert all(len(strangers(lived.of[account])) <= 30 for account in bulk)
    radio = next(label.account for label in lived.labels if label.role == "radio-station")
    assert len(strangers(lived.of[radio])) > 30


def test_kinds_that_a_town_has_are_in_the_contract(lives: Lives) -> None:
    kinds = {event.kind for event in lives.events}
    assert kinds <= KINDS.keys()
    assert len(kinds) >= 20
