"""The sentences of mails to subscribers of the public status, in English. See `texts`."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.marking import N_

LEVEL: Mapping[str, str] = {
    "danger": N_("Problems"),
    "warning": N_("Possible problems"),
    "none": N_("No problems"),
    "unknown": N_("Too little known"),
}
"""The names of the levels."""

CONFIRM = N_("Confirm your subscription to the service status")
ASKED = N_("Somebody, probably you, asked us to write to this address when the service fails and when it works again.")
IF_SO = N_("If it was you, open this page within a day and press the button:")
IF_NOT = N_("If not, do nothing: we will not write to you again.")
CHANGED = N_("Status of the service: {places}")
PAGE = N_("The status of the service:")
ENOUGH = N_("To unsubscribe:")
