"""The table of deadlines and offices: what ships, what the law says by its day, and what is wrong in a file."""

from __future__ import annotations

import pytest

from cartellino.appeals.categories import CATEGORIES
from cartellino.appeals.deadlines import deadline, remind_at
from cartellino.appeals.jurisdictions import TRIGGERS, Trigger, check, jurisdictions, read, shipped, use
from cartellino.vocabulary.diagnostics import Text
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import DAY, HOUR, duration, instant

NOW = instant("2026-11-28T09:00:00Z")
BEFORE = instant("2026-02-19T23:59:59Z")
FALLBACKS = "\n".join(
    f"  - {{trigger: {trigger}, limit: 7d, basis: ours, source: us, checked: 2026-11-28}}" for trigger in TRIGGERS
)


@pytest.mark.parametrize(
    ("trigger", "country", "category", "urgent", "at", "limit"),
    [
        ("order", "IN", "", False, NOW, "3h"), ("order", "IN", "", False, BEFORE, "36h"),
        ("order", "IN", "", True, NOW, "3h"),
        ("complaint", "IN", "hate", False, NOW, "36h"), ("complaint", "IN", "hate", False, BEFORE, "72h"),
        ("complaint", "IN", "intellectual_property", False, NOW, "7d"),
        ("complaint", "IN", "intellectual_property", False, BEFORE, "15d"),
        ("complaint", "IN", "impersonation", False, NOW, "2h"), ("flag", "IN", "impersonation", False, NOW, "2h"),
        ("complaint", "IN", "intimate_imagery", False, BEFORE, "24h"), ("request", "IN", "", False, NOW, "72h"),
        ("order", "ID", "", False, NOW, "24h"), ("order", "ID", "", True, NOW, "4h"),
        ("order", "ID", "terrorism", False, NOW, "4h"), ("order", "IT", "terrorism", False, NOW, "1h"),
        ("order", "IT", "", False, NOW, "24h"), ("flag", "FR", "scam", False, NOW, "24h"),
        ("request", "FR", "", True, NOW, "8h"), ("request", "FR", "", False, NOW, "10d"),
        ("complaint", "US", "threat_to_life", False, NOW, "1h"), ("complaint", None, "spam", False, NOW, "7d"),
    ],
)  # fmt: skip
def test_what_the_law_gives(
    trigger: Trigger, country: str | None, category: str, urgent: bool, at: int, limit: str
) -> None:
    assert deadline(trigger, country, at, category, urgent=urgent).limit == duration(limit)


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("country", [None, "", "IN", "ID", "IT", "BR"])
def test_there_is_one_for_every_category(trigger: Trigger, country: str | None) -> None:
    for category in ("", *CATEGORIES):
        for urgent in (False, True):
            this = deadline(trigger, country, NOW, category, urgent=urgent)
            assert this.limit > 0
            assert this.source
            assert this.checked


def test_a_law_without_a_time_says_so_beside_what_it_has_meant() -> None:
    assert (deadline("order", "DE", NOW).says, deadline("order", "DE", NOW).limit) == ("without undue delay", DAY)


def test_what_ships_has_no_fault_and_offices_with_law_address_and_hours() -> None:
    assert shipped().version == "2026-11-28"
    for country in ("ID", "IN", "IT", "DE"):
        offices = shipped().offices_in(country)
        assert offices
        assert all(office.law and office.address and office.hours for office in offices)
    assert "KPAI" not in str(shipped().offices_in("ID", "scam"))
    assert "KPAI" in str(shipped().offices_in("ID", "child_safety"))
    assert shipped().offices_in("BR") == ()


FAULTS = {
    "trigger": ("  - {trigger: orders, limit: 4h, basis: b, source: s, checked: 2026-11-28}", "type"),
    "limit": ("  - {trigger: order, limit: soon, basis: b, source: s, checked: 2026-11-28}", "limit"),
    "nothing": ("  - {trigger: order, limit: 0h, basis: b, source: s, checked: 2026-11-28}", "limit"),
    "country": ("  - {trigger: order, regions: [UK], limit: 4h, basis: b, source: s, checked: 2026-11-28}", "region"),
    "source": ("  - {trigger: order, regions: [ID], limit: 4h, basis: b, checked: 2026-11-28}", "missing-field"),
    "day": ("  - {trigger: order, regions: [ID], limit: 4h, basis: b, source: s, checked: yesterday}", "type"),
    "category": ("  - {trigger: order, categories: [terorism], limit: 4h, basis: b, source: s, checked: 2026-11-28}",
                 "type"),
    "name": ("  - {trigger: order, region: [ID], limit: 4h, basis: b, source: s, checked: 2026-11-28}", "unknown-name"),
    "turned": ("  - {trigger: order, regions: [ID], limit: 4h, basis: b, source: s, checked: 2026-11-28,"
               " since: 2026-02-01, until: 2026-01-01}", "never"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", FAULTS)
def test_a_fault_is_told_with_its_line(wrong: str) -> None:
    entry, code = FAULTS[wrong]
    text = Text("mine.yaml", f"version: '2'\ndeadlines:\n{entry}\n{FALLBACKS}\n")
    faults = check(text)
    assert code in [fault.code for fault in faults]
    assert any("mine.yaml:3" in fault.show() for fault in faults)
    with pytest.raises(BadArgument, match=r"mine\.yaml:3"):
        read(text)


def test_an_entry_that_can_never_apply_is_a_fault() -> None:
    late = "  - {trigger: order, regions: [ID], limit: 4h, basis: b, source: s, checked: 2026-11-28}"
    (fault,) = check(Text("mine.yaml", f"version: '2'\ndeadlines:\n{FALLBACKS}\n{late}\n"))
    assert fault.code == "never-reached"


@pytest.mark.parametrize("text", ["", "[]", "version: 1", "a: &a [*a]", "deadlines: {}", "x" * 2_000_000])
def test_what_is_no_such_file_is_refused(text: str) -> None:
    assert check(Text("mine.yaml", text))


def test_a_file_of_ones_own_holds_instead() -> None:
    entry = "  - {trigger: order, regions: [BR], limit: 2h, basis: a law, source: s, checked: 2026-11-28}"
    use(read(Text("mine.yaml", f"version: mine\ndeadlines:\n{entry}\n{FALLBACKS}\n")))
    try:
        assert (deadline("order", "BR", NOW).limit, jurisdictions().version) == (2 * HOUR, "mine")
    finally:
        use(None)
    assert deadline("order", "BR", NOW).limit == 3 * DAY


@pytest.mark.parametrize(("span", "left"), [(2 * HOUR, HOUR), (DAY, 12 * HOUR), (7 * DAY, 12 * HOUR)])
def test_a_reminder_leaves_time_to_act(span: int, left: int) -> None:
    assert remind_at(NOW, NOW + span) == NOW + span - left
