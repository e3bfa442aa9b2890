"""A shop that was banned for careless bulk messages and begins again, properly: consent first, templates, a portfolio.

The first account is labelled abusive in the role `careless-shop`; the new one, on the same device, is honest.
How long a shop takes to begin again, and its rates: assumptions. Could be mistaken for: ban evasion, by rules
that follow devices.
"""

from __future__ import annotations

from dataclasses import replace

from cartellino.simulator.acts import log, register
from cartellino.simulator.days import day_times, every_day, one_by_one, steadily
from cartellino.simulator.habit import Person
from cartellino.simulator.label import label
from cartellino.simulator.people.small_shop import keep_shop
from cartellino.simulator.reaction import Reaction, intrude
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, SECOND

ANNOYED = Reaction(replies=0.05, blocks=0.06, reports=0.03)


class RestartedShop(Person):
    """Errs once, then behaves."""

    name = "restarted-shop"
    rooted = False

    def move_in(self, town: Town, me: Resident) -> None:
        """Let the earlier account err on the first day; begin again some days later."""
        first = _earlier(town, me)
        town.after(me.rng.uniform(1, 12) * HOUR, lambda: _advertise(town, first))
        town.after(me.rng.uniform(0.1, 0.4) * (town.end - town.start), lambda: _begin_again(town, me))


def _earlier(town: Town, me: Resident) -> Resident:
    name = town.neighbours.new_name()
    since = town.start - int(me.rng.uniform(20, 300) * DAY)
    first = replace(me, account=name, habit="careless-shop", abusive=True, rng=town.random(name), number=f"n-{name}")
    first.since, first.abuses_since, first.answered = since, town.start, {}
    town.neighbours.join(first)
    town.labels.append(label(first))
    return first


def _advertise(town: Town, first: Resident) -> None:
    log(town, first, "connected", number=first.number, account_since=first.since)
    leaflet = {"media": "image", "content": f"{first.account}-leaflet", "content_by": "server", "forwards": 0}
    count = first.rng.randint(200, 500)
    steadily(town, first.rng, 15 * SECOND, count, lambda: _leaflet(town, first, leaflet))


def _leaflet(town: Town, first: Resident, leaflet: dict[str, object]) -> None:
    intrude(town, first, town.neighbours.stranger(first.rng, first), ANNOYED, **leaflet)


def _begin_again(town: Town, me: Resident) -> None:
    me.portfolio = f"p-{me.account}"
    register(town, me)
    keep_shop(town, me, customers_per_day=me.rng.uniform(10, 40))
    every_day(town, me, lambda day: one_by_one(town, day_times(me, day, 6, 9, 19), lambda: _consent(town, me)))


def _consent(town: Town, me: Resident) -> None:
    """Let a customer agree to receive messages; later they are notified that their order is ready."""
    customer = town.neighbours.somebody(me.rng, me)
    if customer is not None:
        town.emit("opted_in", me.account, peer=customer.account, portfolio=me.portfolio)
        town.after(me.rng.uniform(0.5, 20) * HOUR, lambda: _notify(town, me, customer.account))


def _notify(town: Town, me: Resident, customer: str) -> None:
    log(town, me, "template_sent", peer=customer, template="order_ready", category="utility", automated=True)
