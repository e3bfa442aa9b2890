"""What is said of a situation: the rules, as tables. Nobody is accused but for good reason, and nobody is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.availability.changes import kind_of, rank, touches
from cartellino.availability.diagnosis import diagnose
from cartellino.availability.evidence import ACCUSES, Cause
from cartellino.availability.features import FEATURES
from cartellino.availability.places import COUNTRIES
from cartellino.availability.rows import Announcement, Change
from cartellino.availability.situation import Failing, Situation
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

NOW = 1_700_000_000_000 // (15 * MINUTE) * 15 * MINUTE
SINCE = NOW - 2 * HOUR
OTHERS = {"MY", "SG", "US", "BR", "GB", "DE"}
MEDIA = ("media_up", "media_down")


def failing(country: str, feature: str, *sources: str, failure: str = "timeout", **more: Any) -> Failing:
    return Failing(country, feature, SINCE, SINCE, **{
        "level": "danger", "sources": set(sources or ("telemetry", "probes")), "networks": ("AS1", "AS2"),
        "failures": Counter({failure: 20}), **more,
    })  # fmt: skip


def situation(*cells: Failing, working: set[str] | None = None, text: bool = True, **more: Any) -> Situation:
    works = {one.feature: set(OTHERS if working is None else working) for one in cells}
    if text and "sending" not in works:
        works["sending"] = {"ID", *OTHERS}
    trials = {name: dict.fromkeys(places, (40.0, 1.0)) for name, places in works.items()}
    return Situation("main", NOW, NOW - 30 * DAY, list(cells), works, **{"trials": trials, **more})


def announcement(features: tuple[str, ...] = MEDIA, country: str = "ID", **more: Any) -> Announcement:
    return Announcement(id="a", time=SINCE, country=country, features=features, source="press", starts=SINCE,
                        **{"authority": "ministry", **more})  # fmt: skip


def change(minutes: int = 20, **more: Any) -> Change:
    return Change(id="c", time=SINCE - minutes * MINUTE, source="/ci",
                  **{"type": "deploy", "component": "edge", **more})  # fmt: skip


def said(*situations: Situation) -> dict[str, Cause]:
    return {one.kind: one for one in diagnose(situations) if one.grade != "ruled_out"}


def grades(*situations: Situation) -> dict[str, str]:
    return {kind: one.grade for kind, one in said(*situations).items()}


IN_ID = tuple(failing("ID", feature) for feature in MEDIA)


def tampered(**more: Any) -> list[Failing]:
    """All that is needed to say it without an announcement, unless something is taken away."""
    return [failing("ID", feature, **{"failure": "connection_reset", **more}) for feature in MEDIA]


def test_a_restriction_that_is_announced_and_measured_is_confirmed_and_names_who_said_it() -> None:
    found = said(situation(*IN_ID, announcements=[announcement()]))
    assert {kind: one.grade for kind, one in found.items()} == {"restriction": "confirmed"}
    assert found["restriction"].place == "ID"
    assert found["restriction"].features == MEDIA
    assert "ministry" in str(found["restriction"].evidence)


def test_without_an_announcement_it_is_likely_at_best_and_names_nobody() -> None:
    found = said(situation(*tampered()))
    assert {kind: one.grade for kind, one in found.items()} == {"restriction": "likely"}
    assert "authority" not in str(found["restriction"].evidence)


def test_what_is_announced_for_later_or_is_over_names_nobody() -> None:
    for more in ({"starts": NOW + HOUR}, {"ends": NOW - MINUTE}):
        other = msgspec.structs.replace(announcement(), **more)
        found = said(situation(*tampered(), announcements=[other]))
        assert "authority" not in str(found)


@pytest.mark.parametrize(
    "here",
    [
        situation(*tampered(), working=set(), text=False),
        situation(*IN_ID, working=set(), text=False, announcements=[announcement()]),
        situation(*tampered(), trials={}),
        situation(*IN_ID, trials={}, announcements=[announcement()]),
        situation(*tampered(), trials={one: dict.fromkeys(OTHERS, (20.0, 10.0)) for one in MEDIA}),
        situation(*tampered(sources={"reports"})),
        situation(*tampered(networks=("AS1",))),
        situation(*tampered(is_one_port=True)),
        situation(*tampered(failure="http_503")),
        situation(*tampered(failure="timeout")),
        situation(*tampered(), changes=[change()]),
        situation(*tampered(), uneasy={one: {"US", "BR", "GB", "DE"} for one in MEDIA}, working={"MY", "SG"}),
        situation(*tampered(), uneasy={"media_up": {"SG"}}),
        situation(*(replace(one, noticed=NOW - 15 * MINUTE) for one in tampered())),
    ],
    ids=["no control", "announced, no control", "a control that nobody has tried since",
         "announced, a control that nobody has tried since", "a control that half fails", "reports alone",
         "one network", "one port", "our servers answered", "timeouts", "after a change of ours", "others are uneasy",
         "a neighbour is uneasy", "too early"],
)  # fmt: skip
def test_nobody_is_accused_where_a_reason_is_missing(here: Situation) -> None:
    assert not ACCUSES & said(here).keys()
    assert said(here)


def test_reports_with_an_announcement_and_calm_others_are_a_likely_restriction() -> None:
    here = situation(*(failing("ID", one, "reports") for one in MEDIA), working=set(), text=False,
                     announcements=[announcement()], calm={one: {"MY", "SG"} for one in MEDIA})  # fmt: skip
    assert grades(here) == {"restriction": "likely"}


def everywhere(*features: str, **more: Any) -> list[Failing]:
    return [
        failing(country, feature, **more) for country in ("ID", "US", "BR", "GB", "MY", "DE") for feature in features
    ]


def test_what_fails_everywhere_is_ours_whatever_was_announced() -> None:
    here = situation(*everywhere(*MEDIA), working=set(), announcements=[announcement()])
    assert grades(here) == {"feature_outage": "confirmed"}
    assert said(here)["feature_outage"].place == "world"
    ruled_out = [one for one in diagnose([here]) if one.grade == "ruled_out"]
    assert [(one.kind, one.place) for one in ruled_out] == [("restriction", "ID")]


def test_an_outage_of_sending_and_an_announced_restriction_of_media_hold_together() -> None:
    here = situation(*everywhere("sending"), *IN_ID, announcements=[announcement()])
    here.working = {one: set(OTHERS) for one in MEDIA}
    here.trials = {one: dict.fromkeys(OTHERS, (40.0, 1.0)) for one in MEDIA}
    assert grades(here) == {"outage": "confirmed", "restriction": "confirmed"}


def test_names_that_are_gone_everywhere_accuse_nobody() -> None:
    """2021-10-04: every test of every country fails by DNS, which in one country alone would look like a block."""
    here = situation(*everywhere(*FEATURES, failure="dns_nxdomain_error"), working=set(), text=False)
    assert grades(here) == {"outage": "confirmed"}


def test_one_port_that_is_refused_everywhere_accuses_nobody_and_is_no_more_than_possible() -> None:
    cells = [failing(one, "sending", "probes", failure="connection_refused", is_one_port=True) for one in COUNTRIES]
    assert grades(situation(*cells, working=set(), text=False)) == {"outage": "possible"}


def test_text_gone_with_all_else_by_interference_is_a_block() -> None:
    cells = [failing("RU", one, failure="dns_nxdomain_error") for one in FEATURES]
    assert grades(situation(*cells)) == {"block": "likely"}
    timeouts = [failing("RU", one) for one in FEATURES]
    assert grades(situation(*timeouts)) == {"regional_outage": "likely"}


def test_one_network_of_a_country_is_that_network() -> None:
    cells = [failing("ID", one, networks=("AS1",), other_networks=("AS2", "AS3")) for one in MEDIA]
    found = said(situation(*cells))
    assert {kind: one.place for kind, one in found.items()} == {"network": "ID/AS1"}


def test_neighbours_that_fail_together_are_a_region() -> None:
    here = situation(failing("MY", "sending"), failing("SG", "sending"), working={"US", "BR", "GB", "DE", "ID"})
    assert {kind: one.place for kind, one in said(here).items()} == {"regional_outage": "MY,SG"}


def test_a_country_of_which_alone_anything_is_known_has_an_outage() -> None:
    here = situation(failing("ID", "sending"), working=set())
    assert {kind: one.place for kind, one in said(here).items()} == {"outage": "ID"}


def test_sessions_that_are_lost_are_not_a_ban() -> None:
    found = grades(situation(*everywhere("sign_in", failure="session_expired"), working=set()))
    assert found == {"feature_outage": "confirmed", "session": "likely"}
    assert "enforcement_fault" not in found


def test_our_own_sanctions_are_told_from_an_outage() -> None:
    found = grades(situation(*everywhere("sending", failure="account_suspended"), working=set()))
    assert found["enforcement_fault"] == "likely"


def test_a_supplier_of_codes_is_named_where_it_says_so_or_fills_the_failures() -> None:
    silent = situation(*everywhere("registration"), working=set())
    assert "supplier" not in grades(silent)
    spoken = situation(*everywhere("registration"), working=set(),
                       changes=[change(type="incident", component="sms-supplier", summary="delayed")])  # fmt: skip
    assert grades(spoken)["supplier"] == "likely"
    assert "change" not in grades(spoken)
    assert grades(situation(*everywhere("registration", failure="sms_timeout"), working=set()))["supplier"] == "likely"


def test_a_maintenance_is_told_as_one_and_nothing_else_is() -> None:
    here = situation(*everywhere("sending"), working=set(), changes=[change(type="maintenance", until=NOW + HOUR)])
    assert grades(here) == {"maintenance": "confirmed"}
    over = situation(*everywhere("sending"), working=set(),
                     changes=[change(300, type="maintenance", until=SINCE - 2 * HOUR)])  # fmt: skip
    assert grades(over) == {"outage": "confirmed"}


def test_planned_works_of_weeks_are_possible_and_hide_nothing_else() -> None:
    weeks = change(60, type="maintenance", until=NOW + 20 * DAY)
    here = situation(*everywhere("sending"), working=set(), changes=[weeks])
    assert grades(here) == {"maintenance": "possible", "outage": "confirmed"}
    day = change(60, type="maintenance", until=NOW + 20 * HOUR)
    assert grades(situation(*everywhere("sending"), working=set(), changes=[day])) == {"maintenance": "likely"}


@pytest.mark.parametrize(
    "more",
    [{"region": "Europe"}, {"service": "photos"}, {"starts": SINCE + 45 * MINUTE}, {"type": "maintenance.completed"}],
    ids=["elsewhere", "of another service", "begun later", "over"],
)
def test_a_maintenance_explains_only_what_fails_where_and_when_it_is(more: dict[str, Any]) -> None:
    work = change(10, **{"type": "maintenance", "until": NOW + HOUR, **more})
    assert "maintenance" not in grades(situation(failing("ID", "sending"), changes=[work]))


def test_a_supplier_is_named_for_what_it_supplies_where_it_does_until_it_has_recovered() -> None:
    storage = change(10, type="supplier.degraded", component="object-storage")
    found = said(situation(*everywhere("media_up"), *everywhere("calls"), working=set(), changes=[storage]))
    assert (found["supplier"].place, found["supplier"].features) == ("world", ("media_up",))
    abroad = msgspec.structs.replace(storage, region="BR")
    assert "supplier" not in grades(situation(failing("ID", "media_up"), changes=[abroad]))
    over = Change(id="d", time=SINCE - 5 * MINUTE, source="/ci", type="supplier.recovered", component="object-storage")
    assert "supplier" not in grades(situation(*everywhere("media_up"), working=set(), changes=[storage, over]))


@pytest.mark.parametrize(
    ("failure", "sessions"),
    [("http_401", "likely"), ("unknown", "likely"), ("timeout", "possible"), ("http_500", None),
     ("sms_not_delivered", None), ("tls_certificate_expired", "possible")],
)  # fmt: skip
def test_sessions_are_lost_where_failures_say_so_or_say_nothing_else(failure: str, sessions: str | None) -> None:
    found = said(situation(*everywhere("sign_in", failure=failure), working=set()))
    assert (found["session"].grade if "session" in found else None) == sessions
    assert "session" not in found or found["session"].place == "world"


@pytest.mark.parametrize(
    ("failure", "is_ours"), [("account_banned", True), ("AccountLimited", True), ("rate_limited", False)]
)
def test_reasons_are_read_as_words(failure: str, *, is_ours: bool) -> None:
    found = grades(situation(*everywhere("sending", failure=failure), working=set()))
    assert ("enforcement_fault" in found) == is_ours


def test_the_code_of_an_answer_is_no_code_by_sms() -> None:
    found = grades(situation(*everywhere("sign_in", failure="status_code_503"), working=set()))
    assert "supplier" not in found


def test_one_port_proves_nothing_also_where_it_was_announced() -> None:
    port = tampered(sources={"probes"}, is_one_port=True)
    assert grades(situation(*port, announcements=[announcement()])) == {"regional_outage": "possible"}
    reported = tampered(sources={"probes", "reports"}, is_one_port=True)
    assert grades(situation(*reported, announcements=[announcement()])) == {"restriction": "likely"}


def test_a_network_is_possible_at_best_as_long_as_the_others_may_follow() -> None:
    cells = [failing("ID", one, networks=("AS1",), other_networks=("AS2", "AS3")) for one in MEDIA]
    early = [replace(one, noticed=NOW - 15 * MINUTE) for one in cells]
    assert grades(situation(*early)) == {"network": "possible"}
    assert grades(situation(*cells, uneasy={"media_up": {"SG"}})) == {"network": "possible"}


def test_a_restriction_that_was_announced_is_told_again_once_an_outage_of_everybody_is_over() -> None:
    failed = {one: dict.fromkeys(OTHERS, (80.0, 40.0)) for one in MEDIA}
    lately = {one: dict.fromkeys(OTHERS, (20.0, 0.0)) for one in MEDIA}
    told = situation(*IN_ID, trials=failed, lately=lately, announcements=[announcement()])
    assert grades(told) == {"restriction": "confirmed"}
    untold = situation(*tampered(), trials=failed, lately=lately)
    assert not ACCUSES & grades(untold).keys()


def test_one_client_is_told_instead_of_an_outage() -> None:
    here = situation(*everywhere("sending"), working=set(), client=("android/2.1", 0.97))
    assert grades(here) == {"client": "likely"}


def test_services_that_fail_together_after_a_change_of_one() -> None:
    first = situation(*everywhere("sending"), working=set(), changes=[change(service="main", component="main")])
    second = situation(*everywhere("sending"), working=set(), changes=first.changes)
    second.service = "photos"
    found = said(first, second)["integration"]
    assert (found.grade, found.place) == ("likely", "world")
    second.changes = first.changes = []
    assert "integration" not in grades(first, second)


def test_a_change_in_the_hour_before_is_likely_and_never_confirmed() -> None:
    assert grades(situation(*everywhere("sending"), working=set(), changes=[change()]))["change"] == "likely"
    for minutes in (61, -200):
        assert "change" not in grades(situation(*everywhere("sending"), working=set(), changes=[change(minutes)]))


def test_a_component_that_is_changed_all_day_is_possible_at_best() -> None:
    often = [Change(id=f"c{one}", time=SINCE - one * 20 * MINUTE, source="/ci", type="deploy", component="edge")
             for one in range(1, 1500)]  # fmt: skip
    rare = change(component="dns")
    ranked = rank([*often, rare], SINCE, SINCE, (), "main", SINCE - 20 * DAY)
    assert ranked[0].change == rare
    assert ranked[0].grade == "likely"
    assert {one.grade for one in ranked[1:]} == {"possible"}


def test_changes_elsewhere_and_of_other_services_bear_on_nothing() -> None:
    assert touches("BR", frozenset({"BR", "AR"}))
    assert not touches("US", frozenset({"BR"}))
    assert not touches("Europe", frozenset({"BR"}))
    assert touches("Americas", frozenset({"BR"}))
    assert touches("eu-west-1", frozenset({"BR"}))
    assert touches("south america, ID", frozenset({"BR"}))
    assert not touches("de, ID", frozenset({"BR"}))
    assert rank([change(service="photos")], SINCE, SINCE, (), "main", 0) == []


@pytest.mark.parametrize(
    ("type_", "component", "kind"),
    [("dev.cdevents.service.deployed.0.1.1", "edge", "change"), ("org.example.maintenance", "db", "maintenance"),
     ("incident", "sms-gateway", "supplier"), ("policies.activated", "spam", "enforcement"),
     ("dev.cdevents.service.deployed.0.1.1", "identity-provider", "change"), ("deploy", "maintenance-pages", "change"),
     ("com.example.ScheduledMaintenance", "db", "maintenance"),
     ("dev.cdevents.incident.detected.0.2.0", "edge", "other"),
     ("dev.cdevents.pipelinerun.finished.0.2.0", "edge", "other"), ("release", "android-client", "client")],
)  # fmt: skip
def test_kinds_of_change(type_: str, component: str, kind: str) -> None:
    assert kind_of(change(type=type_, component=component)) == kind


CELLS = st.builds(
    lambda country, feature, sources, networks, failure, port: failing(
        country, feature, *sources, networks=networks, failure=failure, is_one_port=port),
    st.sampled_from(["ID", "US", "BR", "GB", "MY"]), st.sampled_from(FEATURES),
    st.sampled_from([("reports",), ("probes",), ("telemetry",), ("probes", "telemetry")]),
    st.sampled_from([(), ("AS1",), ("AS1", "AS2")]),
    st.sampled_from(["timeout", "http_500", "nxdomain", "connection_reset"]), st.booleans(),
)  # fmt: skip


@given(
    st.lists(CELLS, min_size=1, max_size=8, unique_by=lambda one: (one.country, one.feature)),
    st.dictionaries(st.sampled_from(FEATURES), st.sets(st.sampled_from(["DE", "FR", "ID", "US"]))),
    st.booleans(),
)
def test_whoever_is_accused_has_a_control_a_measurement_or_an_announcement(
    cells: list[Failing], working: dict[str, set[str]], announced: bool
) -> None:
    trials = {name: dict.fromkeys(places, (200.0, 1.0)) for name, places in working.items()}
    here = Situation("main", NOW, NOW - DAY, cells, working, trials,
                     announcements=[announcement(FEATURES)] if announced else [])  # fmt: skip
    for one in diagnose([here]):
        if one.kind not in ACCUSES or one.grade == "ruled_out":
            continue
        for feature in one.features:
            assert working.get(feature, set()) - {one.place}
        own = [cell for cell in cells if cell.country == one.place and cell.feature in one.features]
        assert any(cell.is_measured for cell in own) or (announced and one.place == "ID" and one.grade == "likely")
        assert one.grade != "confirmed" or (announced and one.place == "ID")


@given(st.lists(CELLS, min_size=1, max_size=6, unique_by=lambda one: (one.country, one.feature)))
def test_the_order_of_cells_does_not_matter(cells: list[Failing]) -> None:
    here, there = situation(*cells), situation(*reversed(cells))
    assert [one.claim for one in diagnose([here])] == [one.claim for one in diagnose([there])]
