from __future__ import annotations

from collections import Counter

import pytest
from tests.simulator.lives import Lives, answered, densest, live_as, of_kind, strangers

from cartellino.events.event import Event
from cartellino.simulator.people.family import Family
from cartellino.simulator.people.newcomer import Newcomer
from cartellino.simulator.people.radio_station import RadioStation
from cartellino.simulator.people.student import Student
from cartellino.vocabulary.times import DAY, HOUR, MINUTE


def local_hour(event: Event) -> float:
    ahead = {"IT": 1, "ID": 7, "BR": -3, "GB": 0}[event.region or "IT"]
    return (event.time / HOUR + ahead) % 24


def busiest_days(lives: Lives, role: str) -> list[int]:
    """For each who wrote at all, the messages of the busiest day."""
    days = [Counter(event.time // DAY for event in of_kind(events, "message_sent")) for events in lives.role(role)]
    return sorted(max(by_day.values()) for by_day in days if by_day)


def test_a_family_member_writes_a_handful_a_day_to_people_who_know_them() -> None:
    family = live_as([Family() for _ in range(300)], days=10)
    busiest = busiest_days(family, "family")
    assert 3 <= busiest[len(busiest) // 2] <= 9
    assert all(not strangers(events) for events in family.role("family"))


def test_students_are_as_messy_as_college_msg() -> None:
    """CollegeMsg: messages on the busiest day 5 / 25 / 91 at the 50th / 90th / 99th percentile."""
    students = live_as([Student() for _ in range(400)], days=14)
    busiest = busiest_days(students, "student")
    median, tenth, hundredth = (busiest[int(len(busiest) * share)] for share in (0.5, 0.9, 0.99))
    assert 4 <= median <= 13
    assert 15 <= tenth <= 45
    assert 45 <= hundredth <= 180


def test_some_students_are_hardly_ever_answered() -> None:
    students = live_as([Student() for _ in range(400)], days=14)
    shares = []
    for events in students.role("student"):
        wrote = {event.peer for event in of_kind(events, "message_sent") if event.peer}
        if len(wrote) >= 5:
            shares.append(1 - len(wrote & answered(events)) / len(wrote))
    assert sorted(shares)[int(len(shares) * 0.95)] > 0.6


def test_night_workers_write_at_night(lives: Lives) -> None:
    """Others write to them by day, and some answers come late; what they begin is at night."""
    begun = [event for events in lives.role("night-worker") for event in of_kind(events, "status_posted", "connected")]
    night = [event for event in begun if local_hour(event) >= 19.9 or local_hour(event) <= 6.1]
    assert len(night) / len(begun) > 0.8


def test_a_newcomer_tells_dozens_who_do_not_know_the_number_and_many_answer() -> None:
    town = live_as([Newcomer() for _ in range(12)] + [Family() for _ in range(50)], days=6)
    for events in town.role("newcomer"):
        begins = events[0].time
        first = [event for event in events if event.time < begins + 4 * HOUR]
        assert events[0].kind == "registered"
        assert len(of_kind(first, "message_sent")) >= 20
        assert len(strangers(first)) >= 15
        assert 0.25 < len(answered(first)) / len(strangers(first)) < 0.8
    told = sum(len(strangers(events)) for events in town.role("newcomer"))
    assert sum(len(of_kind(events, "blocked")) for events in town.role("newcomer")) < 0.02 * told


@pytest.mark.parametrize("role", ["radio-station", "support-desk"])
def test_a_desk_answers_only_people_who_wrote_first(lives: Lives, role: str) -> None:
    for events in lives.role(role):
        desk = events[0].account
        asked: set[str] = set()
        for event in of_kind(lives.events, "message_sent"):
            if event.peer == desk:
                asked.add(event.account)
            elif event.account == desk:
                assert event.peer in asked
        assert len(asked) > 100


@pytest.mark.parametrize("role", ["radio-station", "support-desk", "small-shop"])
def test_most_whom_a_desk_answers_do_not_know_it(lives: Lives, role: str) -> None:
    for events in lives.role(role):
        sent = of_kind(events, "message_sent")
        assert len(strangers(sent)) > 20


def test_a_radio_station_answers_hundreds_a_day_within_minutes() -> None:
    town = live_as([RadioStation(), *(Family() for _ in range(700))], days=3)
    radio = town.role("radio-station")[0][0].account
    assert max(Counter(event.time // DAY for event in of_kind(town.of[radio], "message_sent")).values()) >= 200
    asked = {event.account: event.time for event in of_kind(town.events, "message_sent") if event.peer == radio}
    waits = [event.time - asked[event.peer] for event in of_kind(town.of[radio], "message_sent") if event.peer in asked]
    assert max(waits) <= 6 * MINUTE
    assert [event for event in of_kind(town.events, "reply_received") if event.peer == radio]


def test_a_support_desk_works_on_several_devices_in_office_hours(lives: Lives) -> None:
    for events in lives.role("support-desk"):
        sent = of_kind(events, "message_sent")
        assert len({event.device for event in sent}) >= 3
        assert len({event.address for event in sent} - {"emergency-0", "emergency-1", "emergency-2"}) == 1
        assert sum(9 <= local_hour(event) <= 18.5 for event in sent) / len(sent) > 0.9


def test_a_club_secretary_broadcasts_to_members_who_have_the_number(lives: Lives) -> None:
    news = [event for events in lives.role("club-secretary") for event in of_kind(events, "broadcast_sent")]
    assert news
    for event in news:
        assert 40 <= (event.recipients or 0) <= 150
        assert (event.unknown_recipients or 0) < 0.15 * (event.recipients or 0)
        assert event.content and event.content_by == "server"


def test_a_class_admin_adds_parents_who_know_them_and_writes_to_the_group(lives: Lives) -> None:
    for events in lives.role("class-admin"):
        created, added = of_kind(events, "group_created"), of_kind(events, "member_added")
        assert len(created) == 1
        assert 25 <= len(added) <= 45
        assert added[-1].time - added[0].time < 2 * HOUR
        assert sum(bool(event.known) for event in added) / len(added) > 0.6
        group = [event for event in of_kind(events, "message_sent") if event.group == created[0].group]
        assert group
        assert all(event.peer is None for event in group)


def test_a_traveller_changes_regions_addresses_and_devices(lives: Lives) -> None:
    travellers = lives.role("traveller")
    assert all(len({event.region for event in events if event.region}) >= 2 for events in travellers)
    assert any(len({event.device for event in events if event.device}) >= 2 for events in travellers)


def test_somebody_restored_registers_an_old_account_and_is_partly_forgotten(lives: Lives) -> None:
    for events in lives.role("restored"):
        first = next(event for event in events if event.device is not None)
        assert first.kind == "registered"
        assert first.account_since is not None
        assert first.account_since < first.time - 365 * DAY
        assert strangers(events)
        assert [event for event in of_kind(events, "message_sent") if event.known]


def test_a_restarted_shop_behaves_on_the_device_of_the_one_that_did_not(lives: Lives) -> None:
    careless = {events[0].device: events for events in lives.role("careless-shop")}
    for events in lives.role("restarted-shop"):
        first = of_kind(events, "registered")[0]
        assert first.portfolio
        assert len(strangers(careless[first.device])) > 100
        assert careless[first.device][0].time < first.time
        consented = {event.peer for event in of_kind(events, "opted_in")}
        assert {event.peer for event in of_kind(events, "template_sent")} <= consented


def test_a_brigade_reports_without_contact_and_credit_within_an_hour(lives: Lives) -> None:
    for events in lives.role("report-victim"):
        strikes = [event for event in of_kind(events, "reported") if event.had_contact is False]
        assert 6 <= len(strikes) <= 30
        assert strikes[-1].time - strikes[0].time <= HOUR
        assert all((event.credit or 0) <= 50 and event.reason for event in strikes)


def test_a_brigade_blocks_without_contact_and_credit_within_an_hour(lives: Lives) -> None:
    for events in lives.role("block-victim"):
        strikes = [event for event in of_kind(events, "blocked") if event.had_contact is False]
        assert 10 <= len(strikes) <= 60
        assert densest(strikes, HOUR) == len(strikes)
        assert all((event.credit or 0) <= 50 for event in strikes)


def test_blocks_and_reports_say_nothing_of_a_device(lives: Lives) -> None:
    assert all(event.device is None for event in of_kind(lives.events, "blocked", "reported"))
