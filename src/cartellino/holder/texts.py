"""The sentences of the holder's pages, in English; every one is a key of the catalogues in `locale`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

from cartellino.notices.texts import N_

SIGNS: Mapping[str, str] = {"green": N_("Green card"), "yellow": N_("Yellow card"), "red": N_("Red card")}

PREVENTED: Mapping[str, str] = {
    "messages": N_("It would not have happened with fewer messages to people who do not know you."),
    "client": N_("It would not have happened with the official app."),
    "broadcast": N_("It would not have happened with broadcasts only to people who asked for them."),
    "groups": N_("It would not have happened had people been asked before they were added."),
    "lookups": N_("It would not have happened without the program that looked up numbers or profiles."),
    "registration": N_("It would not have happened with one account, registered from your own device."),
    "profile": N_("It would not have happened with another name, about, photo or status."),
    "reports": N_("It would not have happened had people wished to hear from you."),
    "takeover": N_("A PIN for your account makes it harder for others to take it over."),
}

STATUS: Mapping[str, str] = {
    "opened": N_("We received it."),
    "reminded": N_("A reminder was sent to the people who decide."),
    "reversed": N_("Decided: we were wrong, and it was taken back."),
    "upheld": N_("Decided: our decision stands."),
    "shortened": N_("Decided: your limit ends earlier."),
}

PAGE = (
    N_("Everything is in order. There is nothing that you have to do."),
    N_("How to get it back"),
    N_("left"),
    N_("Your account works"),
    N_("See what happened to your account"),
    N_("This link is too old. Ask for a code."),
    N_("Too many codes were sent to this account. Wait an hour."),
    N_("This code is wrong, used, or too old. Ask for another."),
    N_("proof that it is you"),
)


def said_in_templates() -> Iterator[str]:
    """Yield what the templates say."""
    for package in ("cartellino.web", "cartellino.holder"):
        for file in (files(package) / "templates").iterdir():
            text = file.read_text("utf-8")
            for found in re.finditer(r"""say\(\s*(["'])(.*?)\1""", text):
                yield found[2]


def all_texts() -> Iterator[str]:
    """Yield every text that is for people."""
    for table in (SIGNS, PREVENTED, STATUS):
        yield from table.values()
    yield from PAGE
    yield from said_in_templates()
