"""What attacks with accomplices share: accounts that answer, and talk to nobody else."""

from __future__ import annotations

from functools import partial

from cartellino.simulator.acts import send
from cartellino.simulator.outreach import note_outsider
from cartellino.simulator.resident import Resident
from cartellino.simulator.talk import note_reply
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, MINUTE


def hire(town: Town, me: Resident, wanted: int, role: str) -> list[str]:
    """Register a number of accomplices some hours before now."""
    names = [f"x-{me.account}-{number}" for number in range(wanted)]
    for name in names:
        note_outsider(town, name, role, abusive=True)
        town.after(me.rng.uniform(0, 1) * HOUR, partial(town.emit, "registered", name))
    return names


def be_answered(town: Town, me: Resident, accomplice: str) -> None:
    """Write to an accomplice who does not have the number, and who answers within minutes."""
    if send(town, me, accomplice, known=False):
        town.after(me.rng.uniform(1, 30) * MINUTE, lambda: _answer(town, me, accomplice))


def _answer(town: Town, me: Resident, accomplice: str) -> None:
    town.emit("message_sent", accomplice, peer=me.account, known=True)
    note_reply(town, me, accomplice)


WARM = 3 * DAY
"""How long a number is warmed up before it is used (assumption)."""
