"""The rules of appeals: what may be filed, who may decide, and what an outcome needs.

These are pure functions that return a refusal, or `None` if there is none.

>>> from cartellino.vocabulary.actors import operator
>>> may_decide(operator("rita"), "reviewer", took_part=False, closed=False)
>>> str(may_decide(operator("rita"), "reviewer", took_part=True, closed=False))
'you took part in this decision; somebody else has to look at it'
"""

from __future__ import annotations

import re
from typing import Literal

from cartellino.appeals.deadlines import deadline
from cartellino.appeals.plain_text import line
from cartellino.vocabulary.actors import Actor, is_operator
from cartellino.vocabulary.refusals import BadArgument, Refusal
from cartellino.vocabulary.times import Instant, show_instant

Outcome = Literal["upheld", "reversed", "shortened"]

LONGEST_TEXT = 4_000
"""Most characters in an appeal."""

MOST_ATTACHMENTS = 5
LARGEST_ATTACHMENT = 2 << 20
MEDIA_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "text/plain", "application/pdf"})


class NotNow(Refusal):
    """A step of a case is not possible in its present state."""

    code = "not-now"


class NotYours(Refusal):
    """Somebody else has to take this step."""

    code = "not-yours"


class NotReadable(Refusal):
    """A file is of a type that is not accepted."""

    code = "not-readable"


class TooMuch(Refusal):
    """More was sent than a case may contain."""

    code = "too-much"


def file_name(sent: str) -> str:
    """Return the name of a file as it is kept: without a path, without what nobody sees or turns letters around.

    >>> file_name("C:\\\\fakepath\\\\bukti\\u202egnp.exe"), file_name("../../"), file_name("परी\u200dक्षा.pdf")
    ('buktignp.exe', 'file', 'परी\u200dक्षा.pdf')
    """
    last = re.split(r"[/\\]", sent.rstrip("/\\"))[-1]
    return line(last)[:200].strip(" .") or "file"


def may_file(
    text: str, decided_at: Instant, region: str | None, now: Instant, *, is_open: bool, undone: bool
) -> Refusal | None:
    """Return why an appeal cannot be filed, `None` if it can.

    `is_open` says that the sanction has an open appeal already, `undone` that it was taken back.
    """
    window = deadline("window", region, decided_at)
    if not text.strip():
        return BadArgument("an appeal needs a text: say in your own words what we should look at")
    if len(text) > LONGEST_TEXT:
        return TooMuch(f"a text has at most {LONGEST_TEXT:,} letters; this one has {len(text):,}")
    if is_open:
        return NotNow("an appeal against this is open already; follow that one")
    if undone:
        return NotNow("this was taken back already; there is nothing left to appeal against")
    if now > decided_at + window.limit:
        until = show_instant(decided_at + window.limit)[:10]
        return NotNow(f"an appeal had to be filed by {until} ({window.basis})")
    return None


def may_decide(by: Actor, role: str, *, took_part: bool, closed: bool) -> Refusal | None:
    """Return why somebody may not decide a case, `None` if they may.

    They need the role `reviewer` or `admin`, and must not have taken part in the decision.
    """
    if role not in ("reviewer", "admin") or not is_operator(by):
        return NotYours("appeals are decided by people with the role reviewer")
    if closed:
        return NotNow("this case is closed")
    if took_part:
        return NotYours("you took part in this decision; somebody else has to look at it")
    return None


def lacks(
    outcome: Outcome, reason: str, ends_at: Instant | None, now: Instant, ended: Instant | None
) -> Refusal | None:
    """Return what an outcome lacks, `None` if nothing. `ended` is when the sanction would end by itself."""
    if not reason.strip():
        return BadArgument("an outcome needs a reason, in words that can be told to the account holder")
    if len(reason) > LONGEST_TEXT:
        return TooMuch(f"a reason has at most {LONGEST_TEXT:,} letters")
    if outcome != "shortened":
        return None if ends_at is None else NotNow("`ends_at` goes only with the outcome `shortened`")
    if ends_at is None:
        return NotNow("the outcome `shortened` needs `ends_at`")
    if ends_at <= now or (ended is not None and ends_at >= ended):
        return NotNow("`ends_at` has to lie in the future and before the end that the sanction has now")
    return None
