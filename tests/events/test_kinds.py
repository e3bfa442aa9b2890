from __future__ import annotations

from cartellino.events.kinds import BY_OTHERS, KINDS, describe

CONTRACT = {
    "account_deleted",
    "blocked",
    "broadcast_sent",
    "connected",
    "delivered",
    "device_linked",
    "group_created",
    "handover",
    "invite_accepted",
    "invite_declined",
    "member_added",
    "member_left",
    "message_failed",
    "message_sent",
    "number_changed",
    "number_checked",
    "number_released",
    "opted_in",
    "opted_out",
    "profile_changed",
    "profile_viewed",
    "read",
    "registered",
    "reply_received",
    "report_withdrawn",
    "reported",
    "sign_in_failed",
    "status_posted",
    "template_sent",
    "unblocked",
}


def test_the_kinds_are_those_of_the_contract() -> None:
    assert set(KINDS) == CONTRACT


def test_each_kind_is_described_in_one_line() -> None:
    for kind in KINDS:
        assert describe(kind)
        assert "\n" not in describe(kind)
        assert describe(kind)[:1].islower() or describe(kind).startswith("`")


def test_what_others_do_to_an_account_are_kinds() -> None:
    assert set(KINDS) > BY_OTHERS
    assert {"blocked", "unblocked", "reported", "report_withdrawn"} == BY_OTHERS
