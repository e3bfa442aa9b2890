from __future__ import annotations

from collections import Counter

import pytest
from tests.simulator.lives import Lives, Strict, answered, densest, live_as, of_kind, strangers

from cartellino.policies.lists import skeleton
from cartellino.simulator.attacks.adaptive import Adaptive
from cartellino.simulator.attacks.bulk_fast import BulkFast
from cartellino.simulator.attacks.evader import Evader
from cartellino.simulator.attacks.exposed_zone import ExposedZone
from cartellino.simulator.habit import Habit
from cartellino.simulator.run import START
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND


def test_every_attack_says_when_it_begins(lives: Lives) -> None:
    assert [one.role for one in lives.labels if one.abusive and one.since < START] == []


@pytest.mark.parametrize("role", ["bulk-fast", "bulk-slow", "adaptive", "evader", "campaign", "burst-newborn"])
def test_spammers_write_to_strangers_who_hardly_answer(lives: Lives, role: str) -> None:
    for events in lives.role(role):
        reached = strangers(events)
        if len(reached) >= 50:
            assert len(answered(events)) / len(reached) < 0.15
        assert not [event for event in of_kind(events, "message_sent") if event.known]


def test_bulk_spam_is_fast(lives: Lives) -> None:
    full = [events for events in lives.role("bulk-fast") if len(strangers(events)) > 200]
    assert full
    assert all(densest(of_kind(events, "message_sent"), HOUR) > 150 for events in full)


def test_a_third_of_spammers_use_bought_accounts() -> None:
    spammers: list[Habit] = [BulkFast() for _ in range(60)]
    lived = live_as(spammers, days=2)
    bought = 0
    for events in lived.role("bulk-fast"):
        first = events[0]
        bought += first.kind == "connected"
        assert first.kind == "registered" or (first.account_since or first.time) < first.time - 300 * DAY
    assert 10 <= bought <= 32


def test_slow_bulk_spam_stays_below_sixty_or_so_a_day(lives: Lives) -> None:
    for events in lives.role("bulk-slow"):
        by_day = Counter(event.time // DAY for event in of_kind(events, "message_sent"))
        assert 10 <= max(by_day.values()) <= 95
        assert len(by_day) >= 3


def test_a_campaign_shares_content_devices_and_addresses(lives: Lives) -> None:
    farms: dict[str, list[str]] = {}
    for events in lives.role("campaign"):
        contents = {event.content for event in of_kind(events, "message_sent")}
        assert len(contents) == 1
        farms.setdefault(contents.pop() or "", []).append(events[0].account)
    for accounts in farms.values():
        assert 20 <= len(accounts) <= 40
        own = [event for account in accounts for event in lives.of[account] if event.device]
        assert len({event.device for event in own}) <= 8
        assert len({event.address for event in own}) <= 4
        registered = sorted(event.time for event in own if event.kind == "registered")
        assert registered[-1] - registered[0] < 5 * HOUR
        assert {event.content_by for event in own if event.content} == {"server"}


def test_a_group_stuffer_makes_dozens_of_groups_of_strangers_who_leave(lives: Lives) -> None:
    for events in lives.role("group-stuffer"):
        assert densest(of_kind(events, "group_created"), 2 * HOUR) >= 20
        added = of_kind(events, "member_added")
        assert len(added) > 300
        assert not any(event.known for event in added)
        assert len(of_kind(events, "member_left", "invite_declined")) > 0.4 * len(added)


def test_scrapers_look_at_distinct_profiles_and_talk_to_nobody(lives: Lives) -> None:
    for role in ("scraper-fast", "scraper-slow"):
        for events in lives.role(role):
            viewed = [event.peer for event in of_kind(events, "profile_viewed")]
            assert len(set(viewed)) > 0.6 * len(viewed)
            assert not of_kind(events, "message_sent")


def test_scrapers_are_fast_or_patient(lives: Lives) -> None:
    assert all(len(of_kind(events, "profile_viewed")) > 1_000 for events in lives.role("scraper-fast"))
    for events in lives.role("scraper-slow"):
        by_day = Counter(event.time // DAY for event in of_kind(events, "profile_viewed"))
        assert len(by_day) >= 3
        assert 100 <= max(by_day.values()) <= 750


def test_an_enumerator_mostly_misses(lives: Lives) -> None:
    for events in lives.role("number-enumerator"):
        checked = of_kind(events, "number_checked")
        assert densest(checked, HOUR) > 120
        assert 0.8 < sum(event.reason == "miss" for event in checked) / len(checked) < 0.98


def test_a_modified_client_never_attests_and_connects_all_day(lives: Lives) -> None:
    for events in lives.role("modded-client"):
        connects = of_kind(events, "connected")
        assert {event.attestation for event in connects} <= {"failed", "absent"}
        assert not any((event.client or "").startswith("Town/") for event in connects)
        assert max(Counter(event.time // DAY for event in connects).values()) >= 15
    assert any(answered(events) for events in lives.role("modded-client"))


def test_a_harasser_writes_dozens_a_day_to_each_of_a_few_who_report(lives: Lives) -> None:
    for events in lives.role("harasser"):
        by_victim = Counter((event.time // DAY, event.peer) for event in of_kind(events, "message_sent"))
        assert max(by_victim.values()) >= 15
        assert not answered(events)
        reports = of_kind(events, "reported")
        assert reports
        assert {event.reason for event in reports} <= {"harassment", "intimidation"}
        assert all(event.had_contact and 50 <= (event.credit or 0) <= 95 for event in reports)
        assert len(strangers(events)) > 4


def test_a_takeover_is_failures_then_another_device_then_a_burst(lives: Lives) -> None:
    for events in lives.role("takeover"):
        fails = [event for event in of_kind(events, "sign_in_failed") if event.reason == "wrong-code"]
        assert densest(fails, 15 * MINUTE) >= 20
        linked = of_kind(events, "device_linked")[0]
        before = [event for event in events if event.time < fails[0].time and event.device]
        assert linked.device not in {event.device for event in before}
        burst = [event for event in of_kind(events, "message_sent") if event.time >= linked.time and event.content]
        assert densest([event for event in burst if event.device == linked.device], 15 * MINUTE) >= 30
        assert {event.known for event in burst} >= {True, False}


def test_a_taken_over_account_is_to_be_secured(lives: Lives) -> None:
    taken = [label for label in lives.labels if label.role == "takeover"]
    assert all(label.abusive and label.secured_is_enough for label in taken)
    for label in taken:
        assert label.since <= of_kind(lives.of[label.account], "device_linked")[0].time


def test_an_evader_begins_again_on_the_same_device(lives: Lives) -> None:
    accounts: dict[str, list[str]] = {}
    for events in lives.role("evader"):
        registered = of_kind(events, "registered")[0]
        accounts.setdefault(registered.device or "", []).append(registered.account)
    assert max(map(len, accounts.values())) >= 3


def test_an_evader_who_is_banned_begins_again_sooner() -> None:
    habits: list[Habit] = [Evader() for _ in range(5)]
    free = live_as(habits, days=6)
    banned = live_as(habits, days=6, judge=Strict("ban", every=25))
    assert len(banned.labels) > 2 * len(free.labels)


def test_a_newborn_bursts_within_five_minutes(lives: Lives) -> None:
    for events in lives.role("burst-newborn"):
        sent = of_kind(events, "message_sent")
        assert densest(sent, 15 * SECOND) >= 100
        assert sent[-1].time - events[0].time <= 5 * MINUTE
        assert events[0].kind == "registered"


def test_a_broadcast_abuser_writes_to_lists_of_strangers(lives: Lives) -> None:
    for events in lives.role("broadcast-abuser"):
        lists = of_kind(events, "broadcast_sent")
        assert all((event.unknown_recipients or 0) >= 0.75 * (event.recipients or 0) for event in lists)
        assert len({event.content for event in lists}) == 1


def test_an_adaptive_spammer_slows_down_only_when_it_is_told() -> None:
    habits: list[Habit] = [Adaptive() for _ in range(4)]
    free = live_as(habits, days=6)
    warned = live_as(habits, days=6, judge=Strict("warning", every=20))
    sent = [len(of_kind(lived.events, "message_sent")) for lived in (free, warned)]
    assert sent[1] < 0.3 * sent[0]
    assert densest(of_kind(free.role("adaptive")[0], "message_sent"), HOUR) > 25


def test_exposed_zones_show_terms_and_lookalikes() -> None:
    several: list[Habit] = [ExposedZone() for _ in range(20)]
    lives = live_as(several, days=6)
    changes = [event for events in lives.role("exposed-zone") for event in of_kind(events, "profile_changed")]
    names = [event.text or "" for event in changes if event.zone == "name"]
    assert any(not name.isascii() for name in names)
    assert any(skeleton(name) == skeleton("Support Team") for name in names)
    assert {event.zone for event in changes} >= {"name", "about"}


def test_a_swindler_is_answered_and_reported_by_people_with_a_good_record(lives: Lives) -> None:
    swindlers = lives.role("reported-swindler")
    reports = [event for events in swindlers for event in of_kind(events, "reported")]
    assert {event.reason for event in reports} <= {"impersonation", "hacking", "illegal"}
    assert all((event.credit or 0) >= 50 and event.had_contact for event in reports)
    reached, believed = (sum(len(of(events)) for events in swindlers) for of in (strangers, answered))
    assert believed > 0.2 * reached
