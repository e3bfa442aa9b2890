"""The texts of notices in English, which are the keys of the gettext catalogues in `locale`.

A test fails if a catalogue lacks one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cartellino.notices.facts import Facts, Review
from cartellino.notices.marking import N_

TITLES: Mapping[str, str] = {
    "warned": N_("A warning about your account"),
    "limited": N_("Some features are limited"),
    "challenged": N_("Please confirm that it is you"),
    "suspended": N_("Your account is suspended for now"),
    "banned": N_("This account is not allowed to use the service any more"),
    "waiting": N_("We are reviewing your account"),
    "lifted": N_("Your account is active again"),
    "shortened": N_("Your limit ends earlier"),
    "reversed": N_("We were wrong, and we are sorry"),
    "milder": N_("Your limit has been reduced"),
    "restored": N_("An earlier decision holds again"),
    "appeal_received": N_("We have received your request for a review"),
    "decision_upheld": N_("We looked again, and our decision stands"),
    "report_outcome": N_("The outcome of your report"),
    "terminating": N_("Statement of reasons before we end our service to you"),
    "withdrawn": N_("We are not ending our service to you"),
    "ordered": N_("An authority has ordered a limit on some features"),
    "order_over": N_("A limit that an authority had ordered is over"),
}

LIFTED_ONE = N_("One of the limits on your account has been lifted")
"""The title of `lifted` if other sanctions are in force."""

OF_KIND: Mapping[tuple[str, str], tuple[str, str]] = {
    ("lifted", "warning"): (
        N_("The warning on your account has been lifted"), N_("It does not show any more. {said}"),
    ),
    ("lifted", "waiting"): (
        N_("Our review of your account is over"), N_("Nothing came of it, and it limits nothing any more."),
    ),
    ("lifted", "suspension"): ("", N_("The suspension of your account has been lifted. {said}")),
    ("lifted", "ban"): ("", N_("The ban on your account has been lifted. {said}")),
    ("shortened", "suspension"): (
        N_("Your suspension ends earlier"), N_("The suspension of your account has been shortened. {said}"),
    ),
    ("shortened", "ban"): (N_("Your ban ends earlier"), N_("The ban on your account has been shortened. {said}")),
    ("reversed", "warning"): ("", N_(
        "A person looked at our decision and found it wrong. The warning is gone, it does not count against you, and"
        " everything that followed from it has been put right. {said}"
    )),
    ("reversed", "suspension"): ("", N_(
        "A person looked at our decision and found it wrong. The suspension is gone, it does not count against you, and"
        " everything that followed from it has been put right. {said}"
    )),
    ("reversed", "ban"): ("", N_(
        "A person looked at our decision and found it wrong. The ban is gone, it does not count against you, and"
        " everything that followed from it has been put right. {said}"
    )),
    ("milder", "suspension"): (N_("Your suspension has been reduced"), ""),
    ("milder", "ban"): (N_("Your ban has been reduced"), ""),
}  # fmt: skip
"""Title and text by shape and topic, in place of those in `TITLES` and `WHAT`; empty where these fit."""

BECAME: Mapping[str, str] = {
    "warning": N_("It is now a warning, which limits nothing."),
    "restriction": N_("It is now a limit on some features. Not available for now: {scope}."),
    "suspension": N_(
        "It is now a suspension: you cannot send or call until the time below. Nothing of yours is deleted."
    ),
}
"""What a sanction is now, if it was of another kind before."""

LIFTED_BUT = {
    "suspension": N_("Your account is no longer suspended"),
    "ban": N_("Your account is no longer banned"),
}
"""The title of `lifted` if other sanctions are in force, by the kind of the lifted one."""

WHAT: Mapping[str, str] = {
    "warned": N_("Nothing is limited yet. If it happens again, some features will be."),
    "limited": N_("Not available for now: {scope}."),
    "challenged": N_("Somebody else may be using your account. It is paused until you confirm that it is yours."),
    "suspended": N_("You cannot send or call until the time below. Nothing of yours is deleted."),
    "banned": N_("Your account was banned because of the rule below."),
    "waiting": N_("A person will look at it before anything is decided. Not available until then: {scope}."),
    "lifted": N_("The limit on your account has been lifted. {said}"),
    "shortened": N_("The limit on your account has been shortened. {said}"),
    "reversed": N_(
        "A person looked at our decision and found it wrong. The limit is gone, it does not count against you, and"
        " everything that followed from it has been put right. {said}"
    ),
    "milder": N_("An earlier decision was found to be wrong, so this one has been reduced."),
    "restored": N_(
        "The stricter decision that had replaced this one was wrong and is gone. This milder one holds again."
    ),
    "appeal_received": N_("A person who did not take part in the decision will look at it. You can follow it here."),
    "decision_upheld": N_("A person who did not take part in the decision looked at it. {said}"),
    "report_outcome": N_("Thank you for telling us. {topic}"),
    "terminating": N_("We intend to end our service to your business account for the reason below. {said}"),
    "withdrawn": N_("What we announced will not happen. {said}"),
    "ordered": N_(
        "{authority} has ordered us to limit this for you: {features}. It is not about our rules. The legal basis that"
        " we were given: {basis}"
    ),
    "order_over": N_("{authority} had ordered us to limit this for you: {features}. It is not limited any more."),
}

AN_AUTHORITY = N_("A public authority")
"""Whoever has ordered something and may not be named."""

NOT_SAID = N_("it may not be told.")
"""The legal basis of an order that is not public."""

WRONGLY = N_("We wrongly limited you between {since} and {until} on {day}.")
WRONGLY_FOR_DAYS = N_("We wrongly limited you between {since} and {until}.")
"""From when until when a sanction limited that was taken back: within a day, or longer."""


ABILITIES: Mapping[str, str] = {
    "read": N_("reading messages"),
    "reply": N_("answering people who write to you"),
    "existing_chats": N_("the chats that you already have"),
    "new_chats": N_("starting new chats"),
    "groups": N_("creating groups and adding people"),
    "broadcast": N_("broadcast lists"),
    "lookups": N_("looking up profiles and numbers"),
    "media": N_("sending pictures, audio and files"),
    "profile": N_("changing your name, about and photo"),
    "status": N_("posting status"),
    "calls": N_("calls"),
    "companion_devices": N_("linked devices"),
    "appeal": N_("this page and our help"),
    "export": N_("getting a copy of your data"),
}

KINDS: Mapping[str, str] = {
    "warning": N_("a warning"),
    "restriction": N_("limits on some features"),
    "suspension": N_("a suspension"),
    "ban": N_("a ban"),
    "challenge": N_("a request to confirm that it is you"),
}

OUTCOMES: Mapping[str, str] = {
    "acted": N_("We have acted on it. To protect everybody, we do not say what we did."),
    "other": N_("We looked at it and found no breach of the rules this time. You can block the account."),
}

SEALED = N_("Your account broke the rule below. We do not say how we noticed.")
LINKED = N_("It happened on another account of yours, and counts for this one too because the two are linked.")
BY_MACHINE = N_("This was noticed and decided automatically.")
NOT_TOLD_YET = N_("We had not told you yet what it was about: {reason}")
BY_PERSON = N_("A person decided this.")
FOR_GOOD = N_("It has no end date.")
REMAINS = N_("Another decision still holds: {kinds}.")
OVER = N_("It ended on {when}.")
GONE: Mapping[str, str] = {
    "lifted": N_("It was lifted on {when}."),
    "taken back": N_("It was taken back, and has not held since {when}."),
    "replaced": N_("Another decision took its place on {when}."),
}
EFFECTIVE = N_("It takes effect on {when}.")
CLARIFY = N_("Until then you can tell us your side; after that you can ask for a review.")
UNTIL = N_("until {when} ({left} left)")
MOMENT = N_("{day} at {time}")
NEXT = N_("If it happens again: {kind}.")
NEXT_FOR = N_("If it happens again: {kind}, {time}.")
APPEAL = N_("You can ask for a review within {window}. A person will look at it and decide within {limit}.")
APPEAL_SOON = N_("You can ask for a review within {window}. A person will look at it.")
APPEAL_OPEN = N_("Your request for a review is open. A person will decide, and we will tell you the outcome.")
NUMBER = N_("{signal}: {own} (limit {limit}, within {window})")

WAIT = N_("Wait until the time above.")
WAIT_AND_ASK = N_("Wait until the time above. If nothing has changed 48 hours after it, ask for a review.")

TO_DO: Mapping[str, tuple[str, ...]] = {
    "client": (
        N_("Log out of the unofficial app or tool, and remove it from your linked devices."),
        N_("Install the official app from its official source, and sign in there."),
        WAIT_AND_ASK,
    ),
    "messages": (
        N_("Stop messaging people who do not know you."),
        N_("Write only to people who asked you to or who have you in their contacts."),
    ),
    "volume": (
        N_("Write to fewer new people for a while."),
        N_("Ask people to write to you first or to save your number: then they are not counted."),
    ),
    "broadcast": (N_("Send broadcasts only to people who asked for them, and make it easy to leave."),),
    "groups": (N_("Ask people before you add them to a group, or send them an invitation."),),
    "lookups": (N_("Stop programs that look up numbers or profiles."),),
    "registration": (N_("Use one account, and register it from your own device."),),
    "profile": (N_("Change the name, about, photo or status that breaks the rule."),),
    "reports": (N_("Write kindly, and stop when somebody asks you to."),),
    "takeover": (
        N_("Sign in again on your own phone, and log out all other devices."),
        N_("Set a new PIN, and tell your contacts to ignore odd messages."),
    ),
}


def doable(cause: str) -> tuple[str, ...]:
    """Return the steps that can be taken at once about a cause, without waiting."""
    return tuple(step for step in TO_DO.get(cause, ()) if step != WAIT_AND_ASK)


OWN_NAME = N_("English")
"""The name of a language in that language: each catalogue translates it to its own."""

NOT_YOU = N_("If none of this was you, say so in a request for a review.")


def to_do(facts: Facts, review: Review) -> Iterator[str]:
    """Yield what the holder can do now. A review is suggested only if one can be requested."""
    if facts.gone:
        return
    if facts.shape in ("warned", "limited", "suspended", "banned", "challenged"):
        steps = TO_DO.get(facts.cause, ())
        yield from steps if review == "possible" else (WAIT if step == WAIT_AND_ASK else step for step in steps)
        if review == "possible":
            yield NOT_YOU
