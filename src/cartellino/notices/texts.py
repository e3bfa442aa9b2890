"""The sentences of notices, in English. Every one is a key of the catalogues in `locale`; a test refuses a missing one.

`N_` marks a text for translation, as gettext's tools expect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cartellino.notices.facts import Facts


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a text."""
    return text


TITLES: Mapping[str, str] = {
    "warned": N_("A warning about your account"),
    "limited": N_("Some things are switched off on your account"),
    "challenged": N_("Please show that it is you"),
    "suspended": N_("Your account is suspended for now"),
    "banned": N_("This account is not allowed to use the service any more"),
    "waiting": N_("We are looking at your account"),
    "lifted": N_("Your account works again"),
    "shortened": N_("Your limit ends earlier"),
    "reversed": N_("We were wrong, and we are sorry"),
    "milder": N_("Your limit was made milder"),
    "appeal_received": N_("We have your appeal"),
    "appeal_upheld": N_("We looked again, and our decision stands"),
    "report_outcome": N_("What came of your report"),
    "terminating": N_("Statement of reasons before we end our service to you"),
    "withdrawn": N_("We do not end our service to you"),
}

WHAT: Mapping[str, str] = {
    "warned": N_("Nothing is switched off. If it happens again, something will be."),
    "limited": N_("You cannot use this now: {scope}."),
    "challenged": N_("Somebody else may be using your account. It stands still until you show that it is yours."),
    "suspended": N_("You cannot send or call until the time below. Nothing of yours is deleted."),
    "banned": N_("Your account was banned because of the rule below. You can still ask for a review."),
    "waiting": N_("A person looks before anything is decided. Until then you cannot use this: {scope}."),
    "lifted": N_("The limit on your account was taken away. {said}"),
    "shortened": N_("The limit on your account was shortened. {said}"),
    "reversed": N_(
        "A person looked at our decision and found it wrong. The limit is gone, it does not count against you, and what"
        " followed from it was put right. {said}"
    ),
    "milder": N_("An earlier decision was found wrong, so this one was made milder."),
    "appeal_received": N_("A person who did not take part in the decision will look at it. You can follow it here."),
    "appeal_upheld": N_("A person who did not take part in the decision looked at it. {said}"),
    "report_outcome": N_("Thank you for telling us. {topic}"),
    "terminating": N_("We intend to end our service to your business account for the reason below. {said}"),
    "withdrawn": N_("What we had announced does not happen. {said}"),
}

CARDS: Mapping[str, str] = {
    "warned": "green",
    "limited": "yellow",
    "challenged": "yellow",
    "suspended": "yellow",
    "banned": "red",
    "waiting": "yellow",
    "terminating": "yellow",
} | dict.fromkeys(
    ("lifted", "shortened", "reversed", "milder", "appeal_received", "appeal_upheld", "report_outcome", "withdrawn"),
    "green",
)

ABILITIES: Mapping[str, str] = {
    "read": N_("reading messages"),
    "reply": N_("answering people who write to you"),
    "existing_chats": N_("chats that you already have"),
    "new_chats": N_("starting new chats"),
    "groups": N_("making groups and adding people"),
    "broadcast": N_("broadcast lists"),
    "lookups": N_("looking up profiles and numbers"),
    "media": N_("sending pictures, sound and files"),
    "profile": N_("changing your name, about and photo"),
    "status": N_("posting status"),
    "calls": N_("calls"),
    "companion_devices": N_("companion devices"),
    "appeal": N_("this page, and asking for a review"),
    "export": N_("getting a copy of your data"),
}

KINDS: Mapping[str, str] = {
    "warning": N_("a warning"),
    "restriction": N_("some things switched off"),
    "suspension": N_("a suspension"),
    "ban": N_("a ban"),
}

OUTCOMES: Mapping[str, str] = {
    "acted": N_("We acted on it. To protect everybody, we do not say what we did."),
    "other": N_("We looked at it and found no breach of the rules this time. You can block the account."),
}

SEALED = N_("Your account broke the rule below. We do not say more about how we noticed.")
BY_MACHINE = N_("This was noticed and decided automatically.")
BY_PERSON = N_("A person decided this.")
FOR_GOOD = N_("It has no end date.")
OVER = N_("It ended on {when}.")
EFFECTIVE = N_("It takes effect on {when}.")
CLARIFY = N_("You can tell us your side until then, and after that ask for a review.")
UNTIL = N_("until {when} ({left} left)")
MOMENT = N_("{day} at {time}")
NEXT = N_("If it happens again: {kind}.")
NEXT_FOR = N_("If it happens again: {kind}, {time}.")
SOME_DAYS = N_("some days")
APPEAL = N_("You can ask for a review within {window}. A person looks at it; that usually takes {usual}.")
NUMBER = N_("{signal}: {own} (limit {limit}, within {window})")

TO_DO: Mapping[str, tuple[str, ...]] = {
    "client": (
        N_("Log out of the unofficial app or tool, and remove it from your companion devices."),
        N_("Install the official app from its official place, and sign in there."),
        N_("Wait until the time above. If nothing has changed 48 hours after it, ask for a review."),
    ),
    "messages": (
        N_("Stop messages to people who do not know you."),
        N_("Write only to people who asked you to, or who have you in their contacts."),
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
    """Return what can be done about a cause at once: without waiting for anything."""
    return tuple(one for one in TO_DO.get(cause, ()) if not one.startswith("Wait "))


NOT_YOU = N_("If none of this was you, say so in a request for a review.")


def to_do(facts: Facts) -> Iterator[str]:
    """Yield what the holder can do now."""
    if facts.shape in ("warned", "limited", "suspended", "banned", "challenged"):
        yield from TO_DO.get(facts.cause, ())
        yield NOT_YOU


def all_texts() -> Iterator[str]:
    """Yield every text that is for people."""
    for table in (TITLES, WHAT, ABILITIES, KINDS, OUTCOMES):
        yield from table.values()
    for several in TO_DO.values():
        yield from several
    yield from (
        SEALED,
        BY_MACHINE,
        BY_PERSON,
        FOR_GOOD,
        OVER,
        EFFECTIVE,
        CLARIFY,
        UNTIL,
        MOMENT,
        NEXT,
        NEXT_FOR,
        SOME_DAYS,
        APPEAL,
        NUMBER,
    )
    yield NOT_YOU
