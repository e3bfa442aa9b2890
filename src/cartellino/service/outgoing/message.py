"""A message to a receiver, the result of a try, and the time of the next.

>>> from cartellino.service.outgoing.caller import Answer
>>> retry_after(Answer(429, {"retry-after": "120"})), retry_after(Answer(503, {"retry-after": "soon"}))
(120000, 0)
>>> problem_of(Answer(301, {"location": "https://new.example.org/"}))
'the receiver answered 301; redirects are not followed, so register where it leads: https://new.example.org/'
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import uniform
from typing import NamedTuple

from cartellino.commands.webhooks import signature
from cartellino.service.outgoing.caller import DEADLINE, Answer
from cartellino.vocabulary.times import HOUR, SECOND, Duration, Instant

LONGEST_WAIT: Duration = HOUR
"""The longest wait that a receiver can ask for."""

GONE = 410


class Message(NamedTuple):
    """A message to one webhook. `key` finds its row, `identity` is its `webhook-id`; it is not sent after `ends_at`."""

    key: int | str
    webhook: str
    url: str
    secret: str
    identity: str
    body: bytes
    tries: int
    ends_at: Instant | None = None

    def headers(self, now: Instant) -> dict[str, str]:
        """Return the headers of the request, with the signature."""
        at = now // SECOND
        return {
            "content-type": "application/json",
            "webhook-id": self.identity,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self.secret, self.identity, at, self.body),
        }


class Attempt(NamedTuple):
    """The result of a try: `error` is empty if the message was delivered; `wait` is what the receiver asked for."""

    message: Message
    error: str = ""
    status: int | None = None
    wait: Duration = 0

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more messages, ever (RFC 9110, section 15.5.11)."""
        return self.status == GONE

    @property
    def stops(self) -> bool:
        """Whether no other message may be sent to the receiver now."""
        return self.is_gone or self.wait > 0


def answered(message: Message, answer: Answer) -> Attempt:
    """Return the result of a try that was answered: 2xx is delivered, everything else is not."""
    if 200 <= answer.status < 300:
        return Attempt(message)
    return Attempt(message, problem_of(answer), answer.status, retry_after(answer))


def failed(message: Message, error: Exception) -> Attempt:
    """Return the result of a try without an answer."""
    if isinstance(error, TimeoutError):
        return Attempt(message, f"no answer within {DEADLINE:.0f} s")
    said = str(error) or type(error).__name__
    return Attempt(message, said[:300])


def problem_of(answer: Answer) -> str:
    """Return what is wrong with an answer, and what to do about it."""
    said = f"the receiver answered {answer.status}"
    if 300 <= answer.status < 400:
        leads = answer.headers.get("location", "")[:200] or "it does not say where to"
        return f"{said}; redirects are not followed, so register where it leads: {leads}"
    return f"{said} Gone" if answer.status == GONE else said


def retry_after(answer: Answer) -> Duration:
    """Return how long a busy receiver (429, 503) asks us to wait, at most an hour; 0 if it does not say.

    The header `Retry-After` contains seconds or a date (RFC 9110, section 10.2.3); anything else is ignored.
    """
    text = answer.headers.get("retry-after", "").strip()
    if answer.status not in (429, 503) or not text:
        return 0
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * SECOND, LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0
    left = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return max(0, min(int(left * SECOND), LONGEST_WAIT))


def next_try(tried: Attempt, pauses: Sequence[Duration], now: Instant) -> Instant:
    """Return when a message is tried again: after the pause, or later if the receiver asks for it.

    The pause is shortened at random by up to a fifth, so that messages that failed together do not return together.
    """
    pause = pauses[min(tried.message.tries, len(pauses) - 1)]
    return now + max(int(pause * uniform(0.8, 1.0)), tried.wait)
