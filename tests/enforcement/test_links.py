"""`given`: strikes, sanctions and links, as they stand at the finding."""

from __future__ import annotations

import pytest
from tests.enforcement.things import Court, rule, said

from cartellino.enforcement.action import Action
from cartellino.enforcement.acts import Impose, Lift, Overturn, ReleaseNumber
from cartellino.enforcement.decision import Decision
from cartellino.vocabulary.ids import sanction_id
from cartellino.vocabulary.times import DAY, HOUR

LINKED = 'linked(device, "ban") > 0'


def evaders(given: str = LINKED, *, grave: bool = False) -> Court:
    """A court with a rule that bans at once, and one that punishes who is linked to a banned account."""
    return Court(rule("bans", rung=5, grave=grave), rule("evader", given=given))


def test_a_second_account_on_the_device_of_a_banned_one_is_an_evader() -> None:
    court = evaders()
    court.decided("bans", 0, account="old", device="d")
    assert court.find("evader", HOUR, account="new", device="d") is not None
    assert court.find("evader", HOUR, account="else", device="e") is None


def test_an_unknown_device_is_unknown_and_never_punishes() -> None:
    court = evaders()
    court.decided("bans", 0, account="old", device="d")
    assert court.find("evader", HOUR, account="new") is None


@pytest.mark.parametrize("given", ['linked(device, "ban") == 0', 'not linked(device, "ban") > 0'])
def test_unknown_does_not_punish_the_other_way_round_either(given: str) -> None:
    court = evaders(given)
    court.decided("bans", 0, account="old", device="d")
    assert court.find("evader", HOUR, account="new") is None
    assert court.find("evader", HOUR, account="other", device="e") is not None


def test_nobody_is_linked_to_themselves() -> None:
    court = Court(rule("limits", rung=2), rule("evader", given='linked(device, "restriction") > 0', ladder="short"))
    court.decided("limits", 0, account="a", device="d")
    assert court.find("evader", HOUR, account="a", device="d") is None
    assert court.find("evader", HOUR, account="b", device="d") is not None


def test_services_are_apart() -> None:
    court = evaders()
    court.decided("bans", 0, account="old", device="d")
    marks = court.sequencer._marks
    assert marks.linked("main", "device", "d", "new", lambda mark: True) == 1
    assert marks.linked("other", "device", "d", "new", lambda mark: True) == 0


def _banned(court: Court) -> Decision:
    return court.decided("bans", 0, account="old", device="d", number="n", address="x")


def test_a_lifted_sanction_links_nobody_any_more() -> None:
    court = evaders()
    banned = _banned(court)
    court.act(Lift(**said(DAY), sanction=banned.sanction))
    assert court.find("evader", DAY - 1, account="before", device="d") is not None
    assert court.find("evader", DAY, account="after", device="d") is None


def test_an_overturned_decision_links_nobody_any_more() -> None:
    court = evaders()
    court.act(Overturn(**said(DAY), decision=_banned(court).id))
    assert court.find("evader", DAY, account="new", device="d") is None


def test_a_ban_that_became_a_suspension_is_no_ban() -> None:
    """The first strike was wrong: the ban that followed comes down, and who shares the device is no evader of a ban."""
    court = Court(
        rule("limits", rung=4),
        rule("again"),
        rule("evader", given=LINKED),
        rule("near", given='linked(device, "suspension") > 0'),
    )
    first = court.decided("limits", 0, account="old", device="d")
    banned = court.decided("again", 9 * DAY, account="old", device="d")
    assert banned.action.kind == "ban"
    assert court.find("evader", 9 * DAY + 1, account="n1", device="d") is not None
    court.act(Overturn(**said(9 * DAY + 2), decision=first.id))
    assert court.name(9 * DAY + 3, "old") == "warned"
    assert court.find("evader", 9 * DAY + 3, account="n2", device="d") is None


@pytest.mark.parametrize("by", ["number", "address", "device"])
def test_accounts_are_linked_by_number_address_and_device(by: str) -> None:
    court = evaders(f'linked({by}, "ban") > 0')
    banned = _banned(court)
    shared = {by: {"number": "n", "address": "x", "device": "d"}[by]}
    assert court.find("evader", HOUR, account="new", **shared) is not None
    assert banned.sanction == sanction_id(banned.id)


def test_a_released_number_takes_its_marks_along() -> None:
    court = evaders('linked(number, "ban") > 0')
    _banned(court)
    court.act(ReleaseNumber(**said(DAY), service="main", number="n"))
    assert court.find("evader", DAY, account="new owner", number="n") is None
    assert court.sequencer.ledger.rows[-1].what == "number released"


def test_only_grave_sanctions_count_where_grave_is_asked_for() -> None:
    given = 'linked(device, "ban", grave=true) > 0'
    for grave in (False, True):
        court = evaders(given, grave=grave)
        _banned(court)
        assert (court.find("evader", HOUR, account="new", device="d") is not None) is grave


def test_how_many_accounts_not_how_many_sanctions() -> None:
    court = Court(
        rule("limits", rung=2), rule("more", rung=3), rule("evader", given='linked(device, "restriction") >= 2')
    )
    court.decided("limits", 0, account="o1", device="d")
    assert court.find("evader", 1, account="n1", device="d") is None
    court.decided("limits", 2, account="o2", device="d")
    assert court.find("evader", 3, account="n2", device="d") is not None


@pytest.mark.parametrize(
    ("given", "now", "expected"),
    [
        ('strikes("spam") > 0', 2 * DAY, True),
        ("strikes() > 0", 2 * DAY, True),
        ('strikes("short") > 0', 2 * DAY, False),
        ('strikes("spam", over="3d") > 0', 2 * DAY, True),
        ('strikes("spam", over="2d") > 0', 2 * DAY, False),
        ('strikes("spam") > 0', 90 * DAY, False),
        ("sanctions() > 0", DAY - 1, True),
        ("sanctions() > 0", DAY, False),
        ('sanctions("restriction") > 0', DAY - 1, True),
        ('sanctions("suspension") > 0', DAY - 1, False),
        ('sanctions("restriction", over="7d") > 0', 2 * DAY, True),
        ('sanctions("restriction", over="7d") > 0', 8 * DAY, False),
    ],
)
def test_strikes_and_sanctions_of_the_past(given: str, now: int, expected: bool) -> None:
    court = Court(rule("limits", rung=2), rule("again", given=given, ladder="short"))
    court.decided("limits", 0)
    assert (court.find("again", now) is not None) is expected


def test_a_ban_that_a_person_imposed_marks_what_the_account_used() -> None:
    court = Court(
        rule("asks", action="review", grave=True), rule("evader", given='linked(device, "ban", grave=true) > 0')
    )
    asked = court.decided("asks", account="old", device="d")
    ban = Impose(**said(1), decision=asked.id, service="main", account="old", rule=asked.rule, action=Action("ban"))
    court.act(ban)
    assert court.find("evader", HOUR, account="new", device="d") is not None


def test_a_number_that_its_account_releases_without_naming_it_marks_nobody() -> None:
    court = evaders('linked(number, "ban") > 0')
    _banned(court)
    court.act(ReleaseNumber(**said(1), service="main", number="", account="old"))
    assert court.find("evader", HOUR, account="new", number="n") is None


def test_releasing_ones_own_number_leaves_the_marks_of_others() -> None:
    court = evaders('linked(number, "ban") > 0')
    _banned(court)
    court.act(ReleaseNumber(**said(1), service="main", number="", account="somebody"))
    court.act(ReleaseNumber(**said(1), service="other", number="", account="old"))
    assert court.find("evader", HOUR, account="new", number="n") is not None
