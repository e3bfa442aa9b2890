"""Notices to business senders by mail, at the address that a number declared: a decision on its use of AI, its end.

The mail waits in the same queue as those to people who filed something, so it leaves also after a restart, and is tried
again while no mail server takes it.
"""

from __future__ import annotations

import msgspec

from cartellino.commands import mails
from cartellino.commands.unit_of_work import UnitOfWork

KIND = "sender_notice"


class Letter(msgspec.Struct, frozen=True):
    """A notice as it is mailed: to whom, in which language, and what it says."""

    to: str
    language: str
    subject: str
    lines: tuple[str, ...]


def post(unit: UnitOfWork, letter: Letter | None) -> bool:
    """Queue a notice; say whether it was. Without an address nothing is: then whoever decided has to tell them."""
    if letter is None:
        return False
    said = {"subject": letter.subject, "lines": list(letter.lines)}
    return mails.send(unit, letter.to, letter.language, KIND, said)
