"""The English texts of the pages of complaints; each is a key of the catalogues in `locale`."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.marking import N_

COMPLAIN = N_("Report an account or content")
TICKET = N_("Your complaint {ticket}")
CONFIRMING = N_("Confirm your complaint")
COUNTRY = N_("Where you can report it: {country}")

WRONG: Mapping[str, str] = {
    "text": N_("Say in at least 20 letters what happened, and why it is against the law or the rules."),
    "long": N_("The text is too long: at most 4,000 letters."),
    "subjects": N_("Name at least one account, group or address. An address begins with https://."),
    "many": N_("At most 20 accounts, groups and addresses; file another complaint for the rest."),
    "mail": N_("Give an e-mail address, so that we can tell you what became of it."),
    "good_faith": N_("Confirm that what you say is true and complete, as far as you know."),
    "category": N_("Choose what it is about."),
    "files": N_("A file was not taken: at most three, of 1 MB each, as PNG, JPEG, WebP, PDF or plain text."),
    "picture": N_(
        "Of sexual abuse of children, send no picture, only the address: to have or send one can be an offence."
    ),
    "open": N_("Too many of your complaints are not decided yet. Wait for the first of them."),
    "confirm": N_("Several complaints with this address wait to be confirmed. Open the mails that we sent."),
    "suspended": N_("For a time we do not handle complaints of this address, because too many were unfounded."),
    "often": N_("Too many complaints from this network. Try again in an hour."),
    "ticket": N_("There is no complaint with this number. Check the letters and try again."),
}
"""What is wrong about a form, by what it is about."""

SUBJECT_KIND: Mapping[str, str] = {
    "account": N_("Account"),
    "group": N_("Group"),
    "link": N_("Address (https://...)"),
    "other": N_("Something else"),
}

SHIPPED = (
    N_("our own promise"),
    N_("our own promise, as Permenkominfo 5/2020, article 15, asks of orders"),
    N_("this service"),
    N_("form: at any time"),
    N_("24 hours, every day"),
    N_("portal at any time; 1930: 24 hours, every day"),
    N_("Emergency 112"),
    N_("The Digital Services Coordinator of your country"),
)
"""What the shipped table of deadlines and offices says in words; others are shown as the table has them."""

TRIGGER: Mapping[str, str] = {
    "complaint": N_("Complaints"),
    "flag": N_("Notices of trusted flaggers"),
    "order": N_("Orders of authorities"),
    "request": N_("Requests for information"),
    "appeal": N_("Requests for a review"),
}
"""What a deadline is for."""
