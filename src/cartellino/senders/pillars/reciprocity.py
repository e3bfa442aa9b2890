"""Reciprocity: do people answer, and does the business answer them?"""

from __future__ import annotations

from cartellino.senders.people import Sent
from cartellino.senders.pillars.audience import OVER, Audience, Reached
from cartellino.senders.pillars.course import course_of_median, course_of_share
from cartellino.senders.pillars.saying import Saying
from cartellino.senders.pillars.shape import Figure, Lever, Pillar, largest, number, share
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY


def reciprocity(audience: Audience, state: Senders) -> Pillar:
    """Return the pillar."""
    now, sender = audience.now, audience.number
    answered = _answered("answered", "messages by which the business began and that were answered",
                         [sent for reached in audience.reached for sent in reached.sent], audience)  # fmt: skip
    strangers = [reached for reached in audience.reached if _is_stranger(reached, sender.id)]
    first = _answered("first_answered", "first messages to people who had never written that were answered",
                      [stranger.sent[0] for stranger in strangers], audience)  # fmt: skip
    minutes = sorted(minute for _, day in sender.days.last(OVER // DAY, now) for minute in day.answer_minutes)
    since = [
        thread.waiting_since
        for person in state.people.people.values()
        if (thread := person.threads.get(sender.id)) is not None and thread.waiting_since is not None
    ]
    left = sum(at <= now - DAY for at in since)
    return Pillar(
        name="reciprocity",
        about="People answer what they are sent, and who writes to the business gets an answer.",
        figures=(
            answered, first,
            number("wait", "minutes until the business answers, in the middle", "minutes",
                   minutes[len(minutes) // 2] if minutes else None, of=len(minutes)),
            number("wait_most", "minutes until it answers, for the slowest tenth", "minutes",
                   minutes[int(len(minutes) * 0.9)] if minutes else None, of=len(minutes)),
            number("waiting", "people who wait for an answer now", "people", len(since)),
            number("left", "people left without an answer for more than a day", "people", left),
        ),
        series=(
            course_of_share("answered", "conversations begun that were answered", sender, now,
                            lambda day: day.answered, lambda day: day.began),
            course_of_median("wait", "minutes until the business answers, in the middle", "minutes", sender, now,
                             lambda day: day.answer_minutes),
        ),
        levers=largest(_answer_them(len(since), left), _not_again(answered, strangers)),
    )  # fmt: skip


def _is_stranger(reached: Reached, number: str) -> bool:
    """Whether they had not written before they got the first message."""
    thread = reached.person.threads.get(number)
    return thread is None or thread.wrote_at is None or thread.wrote_at > reached.sent[0].at


def _answered(name: str, about: str, sent: list[Sent], audience: Audience) -> Figure:
    """Return the share answered; what is younger than a day may be answered still."""
    hits = sum(message.answered_at is not None for message in sent)
    young = sum(message.answered_at is None and message.at > audience.now - DAY for message in sent)
    return share(name, about, hits=hits, of=len(sent), unknown=young)


def _answer_them(waiting: int, left: int) -> Lever | None:
    if not waiting:
        return None
    saying = Saying("answer.late" if left else "answer", {"people": waiting, "left": left})
    return Lever(name="answer", figure="waiting", many=waiting, now=waiting, then=0, saying=saying)


def _not_again(answered: Figure, strangers: list[Reached]) -> Lever | None:
    """Return what it would bring if strangers who did not answer the first message had got no further ones."""
    silent = [
        stranger
        for stranger in strangers
        if len(stranger.sent) > 1 and all(sent.answered_at is None for sent in stranger.sent)
    ]
    further = sum(len(stranger.sent) - 1 for stranger in silent)
    if not silent or answered.least is None:
        return None
    then = answered.least * answered.of / (answered.of - further)
    return Lever(
        name="not_again", figure="answered", many=len(silent), now=answered.least, then=then,
        saying=Saying("not_again", {"people": len(silent), "then": then, "now": answered.least}),
    )  # fmt: skip
