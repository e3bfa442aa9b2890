"""Inquiries: somebody writes first and is answered, as at shops, radio stations and support desks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cartellino.simulator.acts import send
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import note_reply
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import MINUTE


@dataclass(frozen=True)
class Manners:
    """The shares of askers who have the answering account in their contacts, and who write back (assumptions)."""

    known: float
    thanks: float


def inquire(town: Town, desk: Resident, delay: float, manners: Manners, **columns: Any) -> None:
    """Let a resident write to `desk`, which answers after `delay` ms; `columns` describe the answer."""
    asker = town.neighbours.somebody(desk.rng, desk)
    if asker is not None and send(town, asker, desk.account, known=False):
        town.after(delay, lambda: _reply(town, desk, asker, manners, columns))


def _reply(town: Town, desk: Resident, asker: Resident, manners: Manners, columns: dict[str, Any]) -> None:
    known = desk.rng.random() < manners.known
    if send(town, desk, asker.account, known=known, ability="reply", **columns):
        town.emit("read", asker.account, peer=desk.account)
        note_reply(town, asker, desk.account)
        if desk.rng.random() < manners.thanks:
            town.after(desk.rng.expovariate(1 / (5 * MINUTE)), lambda: _thank(town, desk, asker))


def _thank(town: Town, desk: Resident, asker: Resident) -> None:
    if send(town, asker, desk.account, known=False, ability="reply"):
        note_reply(town, desk, asker.account)
