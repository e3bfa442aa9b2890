"""The route of a sender's five pillars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import get
from litestar.params import PathParameter

from cartellino.senders.pillars import Pillars
from cartellino.senders.pillars.saying import Saying
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import show_instant
from cartellino.web.guard import allow
from cartellino.web.requests import Asked, language_of, service_of
from cartellino.web.work import looked

Number = Annotated[str, PathParameter(max_length=64)]


@get("/v1/senders/{number:str}/pillars", opt=allow("read-senders"), tags=["senders"], summary="The five pillars")
async def show_pillars(request: Asked, number: Number) -> dict[str, Any]:
    """Return consent, segmentation, frequency, content and reciprocity of a number: measured, over time, with levers.

    A figure lies between `least` and `most`, which differ by what is unknown; both are null where nothing is known.
    Counts of one to four people of a campaign are null. `track_record` has what a pre-flight foretold of each campaign
    that is older than a week, beside what came, and how many of the 95 % intervals held. `?language=` or
    `Accept-Language` chooses the words of levers.
    """
    return as_json(await measured(request, number), teller_of(request))


Teller: TypeAlias = Callable[[Saying], str]
"""Says something in a language."""


def teller_of(request: Asked) -> Teller:
    """Return who says things in the language of a request."""
    words, language = service_of(request).words, language_of(request)
    return lambda saying: saying.say(words, language)


async def measured(request: Asked, number: str) -> Pillars:
    """Measure the pillars of a number, beside what is being sent."""
    book = service_of(request).senders
    if number not in book.state.numbers:
        raise NotFound(f"no number `{number}` is known here; it is once it sends, or the platform tells of it")
    return await looked(request, lambda service: service.senders.pillars(number))


def in_short(found: Pillars, tell: Teller) -> dict[str, Any]:
    """Return each pillar with its figures and its largest lever."""
    return {
        pillar.name: {
            "figures": {figure.name: {"least": figure.least, "most": figure.most, "of": figure.of, "unit": figure.unit,
                                      "shown": figure.shown} for figure in pillar.figures},
            "raise": tell(pillar.levers[0].saying) if pillar.levers else None,
        }
        for pillar in found.pillars
    }  # fmt: skip


def as_json(found: Pillars, tell: Teller) -> dict[str, Any]:
    """Return everything, with instants as text, and sentences in a language."""
    written: dict[str, Any] = msgspec.to_builtins(found)
    for pillar, shown in zip(written["pillars"], found.pillars, strict=True):
        for figure, said in zip(pillar["figures"], shown.figures, strict=True):
            figure["shown"] = said.shown
        for lever, raising in zip(pillar["levers"], shown.levers, strict=True):
            lever["said"] = tell(raising.saying)
            del lever["saying"]
        for series in pillar["series"]:
            for point in series["points"]:
                point["day"] = show_instant(point["day"])[:10]
    for campaign in written["campaigns"]:
        campaign["first_at"] = show_instant(campaign["first_at"])
    for campaign in written["track_record"]["campaigns"]:
        campaign["day"] = show_instant(campaign["day"])[:10]
    if found.prevention is not None:
        written["prevention"]["said"] = tell(found.prevention.saying)
    return written
