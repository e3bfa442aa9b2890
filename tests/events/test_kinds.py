from __future__ import annotations

from cartellino.events.kinds import BY_OTHERS, KINDS, describe

CONTRACT = set(
    (
        "registered number_changed number_released account_deleted connected device_linked sign_in_failed message_sent"
        " message_failed delivered read reply_received broadcast_sent group_created member_added invite_accepted"
        " invite_declined member_left profile_viewed number_checked profile_changed status_posted blocked unblocked"
        " reported report_withdrawn template_sent opted_in opted_out handover"
    ).split()
)


def test_the_kinds_are_those_of_the_contract() -> None:
    assert set(KINDS) == CONTRACT


def test_each_kind_is_described_in_one_line() -> None:
    for kind in KINDS:
        assert describe(kind)
        assert "\n" not in describe(kind)
        assert describe(kind)[:1].islower() or describe(kind).startswith("`")


def test_what_others_do_to_an_account_are_kinds() -> None:
    assert BY_OTHERS < set(KINDS)
    assert {"blocked", "unblocked", "reported", "report_withdrawn"} == BY_OTHERS
