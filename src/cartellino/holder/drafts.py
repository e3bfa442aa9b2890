"""Drafts requests for a review: an honest dispute, an honest admission, or an honest "I do not know".

The kind follows from the answer to "did this happen?" alone. Whoever answers no gets no steps of improvement in the
draft, since they would contradict the answer.

>>> words = Words({})
>>> text = draft(Said("ban", 101, "2 January 2026", "messages", "no", (), "They are my pupils' parents."), words, "en")
>>> print(text)
I ask for a review of a ban, code 101, of 2 January 2026.
<BLANKLINE>
I believe that it is a mistake: what the rule names (messages to many people who do not know me) did not happen.
<BLANKLINE>
So that you can check: They are my pupils' parents.
<BLANKLINE>
Please look at it again and restore my account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cartellino.holder.texts import DRAFT, HAPPENED, KINDS_SAID, MINE, TAKEN_OVER
from cartellino.notices.words import Words

Answer = Literal["yes", "no", "unsure"]


@dataclass(frozen=True)
class Said:
    """The answers given to the assistant: sanction, code, day, cause, whether it happened, steps taken, and own words.

    `code` is 0 and `day` empty if they are unknown; `done` are sentences in the reader's language.
    """

    kind: str
    code: int
    day: str
    cause: str
    happened: Answer
    done: tuple[str, ...]
    evidence: str


def draft(said: Said, words: Words, language: str) -> str:
    """Return the draft in a language."""

    def say(text: str, **holes: object) -> str:
        return words.say(language, text, **holes)

    what = say(KINDS_SAID.get(said.kind, KINDS_SAID["restriction"]))
    opening = "opening_known" if said.code and said.day else "opening"
    evidence = "evidence_yes" if said.happened == "yes" else "evidence"
    parts = [
        say(DRAFT[opening], what=what, code=said.code, when=said.day),
        say(_happened(said), cause=say(MINE[said.cause])),
        say(DRAFT[evidence], evidence=said.evidence.strip()) if said.evidence.strip() else "",
        say(DRAFT["done"], done=_told(said.done)) if said.done and said.happened != "no" else "",
        say(DRAFT["closing_yes"] if said.happened == "yes" else DRAFT["closing"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _happened(said: Said) -> str:
    """Return the sentence about what happened; a holder whose account was taken over has nothing to admit."""
    return (TAKEN_OVER if said.cause == "takeover" else HAPPENED)[said.happened]


def _told(steps: tuple[str, ...]) -> str:
    return " ".join(f"{step}." for step in steps)
