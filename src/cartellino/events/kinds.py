"""The kinds of event (version 1 of the contract), each with its meaning for `account`.

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
        "number_checked": "the account asked whether a number is on the service; `reason` is `hit` or `miss`; "
        "`peer`, a pseudonym of the number, tells the same address book looked up again from new numbers",
        "profile_changed": "an exposed `zone` of the account changed: name, about or photo",
        "status_posted": "the account posted a status",
        "blocked": "`peer` blocked the account",
        "unblocked": "`peer` unblocked the account; blocks by them count no more",
        "reported": "`peer` reported the account for `reason`: `spam`, `harassment`, `hate`, `impersonation`, "
        "`intimidation`, `hacking`, `illegal` or `other`",
        "report_withdrawn": "`peer` took back what they had reported; it counts no more",
        "template_sent": "a business sent a message template to `peer`",
        "opted_in": "`peer` agreed to receive messages of the account; an earlier `opted_out` counts no more",
        "opted_out": "`peer` asked the account to stop",
        "handover": "a program handed the conversation with `peer` to a person",
    }
)

BY_OTHERS = frozenset({"blocked", "unblocked", "reported", "report_withdrawn"})
"""Kinds in which `account` was blocked or reported (or no longer is), and `peer` did it."""

DONE_BY_PEER = BY_OTHERS | {
    "read", "reply_received", "invite_accepted", "invite_declined", "member_left", "opted_in", "opted_out",
}  # fmt: skip
"""Kinds in which `peer` did something, and wrote any text in the event."""


TAKES_BACK = MappingProxyType({"report_withdrawn": "reported", "unblocked": "blocked", "opted_in": "opted_out"})
"""Which kind each of these kinds cancels: earlier events of it, with the same account and peer, no longer count."""


def describe(kind: str) -> str:
    """Return the meaning of a kind, in one line."""
    return KINDS[kind]
