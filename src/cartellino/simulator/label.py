"""Labels: the truth about the accounts, which policies have to find out.

>>> Label("a1", True, "takeover", 0, secured_is_enough=True).record()
{'account': 'a1', 'abusive': True, 'role': 'takeover', 'since': '1970-01-01T00:00:00.000Z', 'secured_is_enough': True}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cartellino.simulator.resident import Resident
from cartellino.vocabulary.times import Instant, show_instant


@dataclass(frozen=True, slots=True)
class Label:
    """Whether an account is abusive, since when, and in which role.

    `secured_is_enough` says that the holder is a victim, so that the account should be secured and not sanctioned.
    """

    account: str
    abusive: bool
    role: str
    since: Instant = 0
    secured_is_enough: bool = False

    def record(self) -> dict[str, Any]:
        """Return the label as a line of `labels.ndjson`; honest accounts have no `since`."""
        flat: dict[str, Any] = {"account": self.account, "abusive": self.abusive, "role": self.role}
        if self.abusive:
            flat["since"] = show_instant(self.since)
        return flat | ({"secured_is_enough": True} if self.secured_is_enough else {})


def label(me: Resident, *, secured_is_enough: bool = False) -> Label:
    """Return the label of a resident."""
    return Label(me.account, me.abusive, me.habit, me.abuses_since, secured_is_enough)
