"""The English texts of the status pages; each is a key of the catalogues in `locale`."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.marking import N_

TITLE = N_("Status of the service")
TILES = N_("A tile for every country")
DAY = N_("Reports in the last 24 hours, and what is usual")
SUBSCRIBE = N_("Be told when something fails")
CONFIRMING = N_("Confirm your subscription")
ENDING = N_("End your subscription")
INCIDENTS = N_("Incidents")
NOT_FOUND = N_("There is no such page.")
BROKEN = N_("This did not work: something in the address or the form cannot be read.")
TOO_MANY = N_("Too many requests. Wait a minute, and try again.")
FULL = N_(
    "Too many subscriptions wait to be confirmed, so this one was not taken. Try again in an hour, or use a feed."
)
OURS = N_("This is a fault of ours. Try again a little later.")

MEANS: Mapping[str, str] = {
    "danger": N_("It fails for many: our own figures show it, and not reports alone."),
    "warning": N_("There are signs that it fails for some."),
    "none": N_("Enough is known to say that it works as usual."),
    "unknown": N_("Too few reports or too little history to say anything. It may work or not."),
}

WHOLE: Mapping[str, str] = {
    "danger": N_("Something fails in {many}."),
    "warning": N_("There are signs of problems in {many}."),
    "none": N_("Wherever enough is known, everything works."),
    "unknown": N_("We do not know yet how the service is: there is too little to go by."),
}

COUNTRIES: Mapping[str, str] = {"one": N_("one country"), "many": N_("{count} countries")}

STATE: Mapping[str, str] = {
    "opened": N_("We are looking into it"),
    "identified": N_("We know the reason"),
    "monitoring": N_("It works again, and we are watching"),
    "resolved": N_("It is over"),
    "post_mortem": N_("What we learned"),
}

ORDERS = N_("Orders of authorities")

COLOURS: Mapping[str, str] = {"danger": "red", "warning": "yellow", "none": "green", "unknown": "grey"}
"""The colour of each level on a page; it never stands alone."""


def many(count: int) -> str:
    """Return the text for a number of countries."""
    return COUNTRIES["one" if count == 1 else "many"]
