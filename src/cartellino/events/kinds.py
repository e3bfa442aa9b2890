"""The kinds of event (contract, version 1), each with what it says happened to `account`.

>>> describe("reply_received")
'`account` was answered by `peer`; one per pair and 24 h is enough'
"""

from __future__ import annotations

from types import MappingProxyType

KINDS = MappingProxyType(
    {
        "registered": "the account was made",
        "number_changed": "the account moved to another number",
        "number_released": "the number went back to the carrier and may be given to somebody else",
        "account_deleted": "the account was deleted by its holder",
        "connected": "a client of the account connected",
        "device_linked": "a companion device was linked",
        "sign_in_failed": "somebody failed to sign in to the account",
        "message_sent": "the account sent a message: to one `peer`, or once to a `group`",
        "message_failed": "a message of the account could not be delivered; `reason` says why",
        "delivered": "a message of the account reached the device of `peer`",
        "read": "`peer` read a message of the account",
        "reply_received": "`account` was answered by `peer`; one per pair and 24 h is enough",
        "broadcast_sent": "the account sent one message to a broadcast list of `recipients`",
        "group_created": "the account made a group",
        "member_added": "the account added `peer` to `group`",
        "invite_accepted": "`peer` accepted the account's invitation to `group`",
        "invite_declined": "`peer` declined the account's invitation to `group`",
        "member_left": "`peer` left a `group` to which the account had added them",
        "profile_viewed": "the account looked at the profile of `peer`",
        "number_checked": "the account asked whether a number is on the service; `reason` is `hit` or `miss`",
        "profile_changed": "an exposed `zone` of the account changed: name, about or photo",
        "status_posted": "the account posted a status",
        "blocked": "`peer` blocked the account",
        "unblocked": "`peer` unblocked the account; blocks by them count no more",
        "reported": "`peer` reported the account for `reason`",
        "report_withdrawn": "`peer` took back what they had reported; it counts no more",
        "template_sent": "a business sent a message template to `peer`",
        "opted_in": "`peer` agreed to receive messages of the account; an earlier `opted_out` counts no more",
        "opted_out": "`peer` asked the account to stop",
        "handover": "a program handed the conversation with `peer` to a person",
    }
)

BY_OTHERS = frozenset({"blocked", "unblocked", "reported", "report_withdrawn"})
"""In these kinds `account` is the one blocked or reported, and `peer` who did it."""

DONE_BY_PEER = BY_OTHERS | {
    "read", "reply_received", "invite_accepted", "invite_declined", "member_left", "opted_in", "opted_out",
}  # fmt: skip
"""In these kinds `peer` is who did something, and who wrote what stands in it."""


TAKES_BACK = MappingProxyType({"report_withdrawn": "reported", "unblocked": "blocked", "opted_in": "opted_out"})
"""What takes back which kind: the earlier events of the same account and peer count no more from then on."""


def describe(kind: str) -> str:
    """Say in one line what an event of that kind means."""
    return KINDS[kind]
