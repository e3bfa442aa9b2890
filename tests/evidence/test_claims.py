"""The claims of docs/explanation/evidence.md, held by tests: on real data where it is there, and in a town."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from benchmarks.evidence.replay import Replayed, replay
from benchmarks.evidence.town import live
from benchmarks.real import collegemsg, nus_sms, tagged_reports, trec07p
from benchmarks.real.common import Row

from cartellino.learning.precision import score

pytestmark = pytest.mark.slow


def bothered(replayed: Replayed) -> tuple[set[str], set[str]]:
    return replayed.of("warning", "restriction"), replayed.of("suspension", "ban", "challenge")


@pytest.mark.data
@pytest.mark.parametrize("harsh", [False, True])
def test_real_students_are_left_in_peace(harsh: bool) -> None:
    mild, hard = bothered(replay(collegemsg.events(harsh)))
    assert len(mild) <= 0.005 * 1_350
    assert hard == set()


@pytest.mark.data
@pytest.mark.parametrize("harsh", [False, True])
def test_real_heavy_texters_are_left_in_peace(harsh: bool) -> None:
    mild, hard = bothered(replay(nus_sms.events(nus_sms.plausible(nus_sms.timed()), harsh)))
    assert mild == hard == set()


def truth(rows: Iterable[Row]) -> dict[str, bool]:
    return {str(row["account"]): bool(row["abusive"]) for row in rows}


@pytest.mark.data
def test_reports_weighed_by_record_beat_five_reporters() -> None:
    labels = truth(tagged_reports.labels())
    found = score(replay(tagged_reports.events(), brakes=False).of("restriction", "suspension", "ban"), labels)
    assert found.precision.value is not None
    assert found.recall.value is not None
    assert found.precision.value >= 0.93
    assert found.recall.value > 0.054


@pytest.mark.data
def test_the_content_rules_find_campaigns_and_spare_wanted_mail() -> None:
    replayed = replay(trec07p.events(), brakes=False)
    found = score({one.account for one in replayed.decisions if one.mode == "live"}, truth(trec07p.labels()))
    assert found.precision.value is not None
    assert found.precision.value >= 0.99
    assert found.precision.hits > 1_000


@pytest.mark.thorough
def test_in_a_town_attacks_are_stopped_and_honest_people_are_not_banned() -> None:
    roles = live((1_200, 6, 77, 0.04))[5]  # so many attacks that a single one which gets through tells nothing
    accomplices = ("ring", "accomplice")  # they harm one person each, or nobody
    attacks = [one for one in roles if one.abusive and one.role not in accomplices]
    honest = [one for one in roles if not one.abusive]

    assert sum(one.stopped for one in attacks) >= 0.95 * sum(one.accounts for one in attacks)
    assert sum(one.strongest["ban"] for one in honest) == 0
    assert sum(one.strongest["suspension"] for one in honest) <= 0.001 * sum(one.accounts for one in honest)
    assert all(one.stopped == 0 for one in honest if one.role in ("report-victim", "block-victim", "radio-station"))
