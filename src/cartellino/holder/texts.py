"""The English texts of the holders' pages; each is a key of the catalogues in `locale`."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.notices.diagnosis_texts import FEATURE_NAME
from cartellino.notices.marking import N_
from cartellino.notices.texts import KINDS

SIGNS: Mapping[str, str] = {"green": N_("Green card"), "yellow": N_("Yellow card"), "red": N_("Red card")}

PREVENTED: Mapping[str, str] = {
    "messages": N_("It would not have happened if you had sent fewer messages to people who do not know you."),
    "volume": N_("It would not have happened if you had written to fewer new people in a short time."),
    "client": N_("It would not have happened with the official app."),
    "broadcast": N_("It would not have happened if you had sent broadcasts only to people who asked for them."),
    "groups": N_("It would not have happened if people had been asked before they were added."),
    "lookups": N_("It would not have happened without the program that looked up numbers or profiles."),
    "registration": N_("It would not have happened with a single account, registered from your own device."),
    "profile": N_("It would not have happened with a different name, about, photo or status."),
    "reports": N_("It would not have happened if people had wanted to hear from you."),
    "takeover": N_("A PIN for your account makes it harder for others to take it over."),
}

STATUS: Mapping[str, str] = {
    "opened": N_("We received it."),
    "reminded": N_("We reminded the people who decide."),
    "late": N_("The deadline has passed. Whoever is responsible has been told."),
    "reversed": N_("We were wrong and have restored your account. We're sorry."),
    "upheld": N_("We looked at it again, and our decision stands."),
    "shortened": N_("We looked at it again, and your limit ends earlier."),
}

WRONG: Mapping[int, str] = {
    400: N_("This did not work: something in the address or the form cannot be read."),
    404: N_("There is no such page."),
    429: N_("Too many requests. Wait a minute, and try again."),
    500: N_("This is a fault of ours. Try again a little later."),
    503: N_("This cannot be done now. Try again a little later."),
}

TITLE = N_("See what happened to your account")
IN_GOOD_STANDING = N_("Your account is in good standing")
RECOVER = N_("Recover your account")
GENUINE = N_("Is this notice really from us?")
OLD_LINK = N_("This link has been used already or is too old. Ask for a code.")
TOO_MANY = N_("Too many codes from your network. Wait a few minutes; a code that you already have is still valid.")
WRONG_CODE = N_("This code is wrong. Look at the latest message and try again; tries left: {left}.")
NO_CODE = N_("This code is wrong, used or too old. Ask for another.")

PAGE = (
    TITLE,
    OLD_LINK,
    TOO_MANY,
    WRONG_CODE,
    NO_CODE,
    IN_GOOD_STANDING,
    RECOVER,
    GENUINE,
    N_("How often we were wrong"),
    N_("How not to be banned"),
)


CAUSE_WORDS: Mapping[str, str] = {
    "messages": N_("messages to many people who do not know you"),
    "volume": N_("new chats with many people in a short time"),
    "client": N_("an app or tool that is not the official one"),
    "broadcast": N_("broadcasts to people who did not ask for them"),
    "groups": N_("people added to groups without their consent"),
    "lookups": N_("many numbers or profiles looked up by a program"),
    "registration": N_("several accounts created in a short time or on one device"),
    "profile": N_("a name, about, photo or status that breaks the rules"),
    "reports": N_("messages that several people reported or blocked"),
    "takeover": N_("somebody else who used the account"),
}

DONE: Mapping[str, tuple[str, ...]] = {
    "client": (
        N_("I have logged out of the unofficial app or tool and removed it from my linked devices"),
        N_("I have installed the official app from its official source and signed in there"),
    ),
    "messages": (
        N_("I have stopped messaging people who don't know me"),
        N_("I write only to people who asked me to or who have me in their contacts"),
    ),
    "volume": (
        N_("I write to fewer new people now"),
        N_("I ask people to write to me first or to save my number"),
    ),
    "broadcast": (N_("I send broadcasts only to people who asked for them, and leaving is easy"),),
    "groups": (N_("I ask people before I add them to a group, or send them an invitation"),),
    "lookups": (N_("I have stopped the programs that look up numbers or profiles"),),
    "registration": (N_("I use one account, registered from my own device"),),
    "profile": (N_("I have changed the name, about, photo or status that broke the rule"),),
    "reports": (N_("I write kindly, and stop when somebody asks me to"),),
    "takeover": (
        N_("I have signed in again on my own phone and logged out all other devices"),
        N_("I have set a new PIN and told my contacts to ignore odd messages"),
    ),
}
"""What a holder can do about each cause at once, in the first person: to be ticked, and to appear in a request."""

MINE: Mapping[str, str] = {**CAUSE_WORDS, "messages": N_("messages to many people who do not know me")}
"""The causes in the first person."""

KINDS_SAID: Mapping[str, str] = {**KINDS, "challenge": N_("an identity check")}

NO_NOTICE = N_("No notice; messages just don't go out")

DRAFT: Mapping[str, str] = {
    "opening": N_("I ask for a review of {what}."),
    "opening_known": N_("I ask for a review of {what}, code {code}, of {when}."),
    "evidence": N_("So that you can check: {evidence}"),
    "evidence_yes": N_("What happened, in my words: {evidence}"),
    "done": N_("Since then: {done}"),
    "closing": N_("Please look at it again and restore my account."),
    "closing_yes": N_("I ask you to restore my account."),
}

HAPPENED: Mapping[str, str] = {
    "no": N_("I believe that it is a mistake: what the rule names ({cause}) did not happen."),
    "yes": N_("What the rule names did happen: {cause}. I am sorry, and it will not happen again."),
    "unsure": N_("I do not know whether what the rule names ({cause}) happened, and I ask you to look."),
}

TAKEN_OVER: Mapping[str, str] = {
    "yes": N_("Somebody else used the account. What they did was not me."),
    "no": N_("I believe that it is a mistake: nobody else has used the account."),
    "unsure": N_("I do not know whether somebody else has used the account, and I ask you to look."),
}

OFFENCES: Mapping[int, str] = {1: N_("first"), 2: N_("second"), 3: N_("third or later")}

CHANCE = N_(
    "Of {many} people who asked about such a card, their {number} one, {helped} got it back or shortened: {share}; the"
    " true share lies between {low} and {high}."
)

CHANCE_OF_CARD = N_(
    "Of {many} people who asked about such a card, {helped} got it back or shortened: {share}; the true share lies"
    " between {low} and {high}."
)

NOT_DONE: Mapping[str, str] = {
    "not-now": N_("A review of this has been asked for already, or cannot be asked for any more."),
    "too-much": N_("The text is too long."),
    "bad-argument": N_("Write in your own words what we should look at."),
    "gone": N_("You were signed out before this was sent. Sign in, and it can be sent: what you wrote is kept below."),
}

MEASURES: Mapping[tuple[str, str], str] = {
    ("Unanswered", "message_sent"): N_("People you wrote to who did not know you and have not answered"),
    ("Count", "broadcast_sent"): N_("Broadcasts that you sent"),
    ("Count", "connected"): N_("Connections with an app that could not be proved to be the official one"),
    ("Count", "sign_in_failed"): N_("Failed sign-ins to your account"),
}
"""Descriptions of signals for the holder, by aggregate function and kind of event."""

WHY = N_("Why can't I send?")
PROBLEM = N_("Report a problem")
UNREADABLE = N_("Say what fails and where you are, then press the button.")
TOO_OFTEN = N_("Very many people are telling us just now. Try again in a minute.")

PROBLEMS: Mapping[str, str] = {code: text for code, text in FEATURE_NAME.items() if code != "registration"}
"""What may fail for somebody who has an account, by the name of the feature."""

ACCOUNT_SIGNS: Mapping[str, str] = {
    "banned": N_("Account: banned"),
    "suspended": N_("Account: suspended"),
    "limited": N_("Account: limited"),
    "unofficial_client": N_("App: not the official one"),
    "session_lost": N_("Account: signed out"),
    "clear": N_("Account: in order"),
}
SERVICE_SIGNS: Mapping[str, str] = {
    "danger": N_("Service: does not work"),
    "warning": N_("Service: signs of trouble"),
    "none": N_("Service: works"),
    "unknown": N_("Service: we do not know"),
}
