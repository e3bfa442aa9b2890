"""Letters to business senders, in the language that a number declared."""

from __future__ import annotations

from cartellino.appeals.complaints import is_address
from cartellino.commands.sender_notices import Letter
from cartellino.notices.words import Words
from cartellino.senders.accounts import Number
from cartellino.senders.ai_policy import ai_policy
from cartellino.senders.facts import AiReviewed
from cartellino.senders.recovery_words import Speaker
from cartellino.vocabulary.refusals import BadArgument


def address(text: str) -> str:
    """Return an address for notices as it was written, without blanks around it; empty stays empty.

    Raises `BadArgument` for what is no address of a mailbox.
    """
    written = text.strip()
    if written and not is_address(written):
        raise BadArgument(f"`{written[:80]}` is no mail address")
    return written


def decision_letter(number: Number, decision: AiReviewed, words: Words) -> Letter | None:
    """Return the letter about a decision on the use of AI; `None` where no address is declared."""
    declared = number.declared
    if declared is None or not declared.mail:
        return None
    language = words.named(declared.language) or "en"
    said = Speaker(words, language).ai_notice(decision, number.display or number.id, ai_policy().terms)
    subject, *parts = said.split("\n\n")
    return Letter(declared.mail, language, " ".join(subject.split()), tuple("\n\n".join(parts).split("\n")))
