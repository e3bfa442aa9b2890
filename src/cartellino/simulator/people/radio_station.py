"""A radio station: hundreds of listeners a day write first, and each is answered within minutes, much the same way.

Hundreds a day, a third of the answers with the picture of the week: assumptions. Listeners come in waves when a
programme asks a question; few of them have the station in their contacts, and few write back. Could be mistaken for:
fast bulk spam, and a campaign, since every answer looks alike.
"""

from __future__ import annotations

from typing import Any

from cartellino.simulator.days import day_times, every_day, one_by_one
from cartellino.simulator.habit import Person
from cartellino.simulator.inquiry import Manners, inquire
from cartellino.simulator.pastimes import open_client
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

LISTENERS = Manners(known=0.1, thanks=0.1)


class RadioStation(Person):
    """Answers whoever writes during its programmes."""

    name = "radio-station"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Be on air every day."""
        listeners = min(me.rng.uniform(250, 600), 0.5 * len(town.neighbours.honest()))
        every_day(town, me, lambda midnight: _on_air(town, me, midnight, listeners))


def _on_air(town: Town, me: Resident, midnight: Instant, listeners: float) -> None:
    """Half of the listeners write during the quiz, within one hour."""
    quiz = me.rng.choice((9, 13, 18))
    times = day_times(me, midnight, listeners / 2, quiz, quiz + 1) + day_times(me, midnight, listeners / 2, 6, 22)
    town.at(midnight + 6 * HOUR - MINUTE, lambda: open_client(town, me))
    one_by_one(town, sorted(times), lambda: inquire(town, me, _soon(me), LISTENERS, **_answer(town, me)))


def _soon(me: Resident) -> float:
    return me.rng.uniform(0.5, 6) * MINUTE


def _answer(town: Town, me: Resident) -> dict[str, Any]:
    if me.rng.random() < 0.67:
        return {"media": "text"}
    week = town.now // (7 * DAY)
    return {"media": "image", "content": f"{me.account}-week-{week}", "content_by": "server", "forwards": 0}
