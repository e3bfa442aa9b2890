"""Two ways of sending: whatever is wished, or what the gateway's rules let pass, when they let it pass."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

import msgspec

from benchmarks.senders.wishes import CATEGORIES, Wish
from cartellino.adapters.whatsapp_cloud.updates import facts_of
from cartellino.senders.facts import (
    Accepted,
    Asked,
    Consented,
    Message,
    NumberSeen,
    Rejected,
    TemplateChanged,
    TierSet,
)
from cartellino.senders.fold import apply
from cartellino.senders.judging import judge
from cartellino.senders.rules import BY_NAME
from cartellino.senders.state import Senders
from cartellino.service.pseudonyms import Pseudonyms
from cartellino.simulator.cloud.beginning import ACCOUNT, NUMBER
from cartellino.simulator.cloud.errors import GraphError
from cartellino.simulator.cloud.payloads import envelope
from cartellino.simulator.cloud.sending import Wish as Body
from cartellino.simulator.cloud.sending import send
from cartellino.simulator.cloud.world import Update, World
from cartellino.vocabulary.times import DAY, HOUR, SECOND, Instant

TRIES_AGAIN = {131048: DAY, 368: DAY, 132015: 3 * HOUR, 130429: SECOND, 131056: 6 * SECOND, 131064: DAY}
"""After which time both ways try again when the platform refuses."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a try: the platform's id, or when to try again, or why not at all."""

    message_id: str = ""
    again_at: Instant | None = None
    why: str = ""
    is_ours: bool = False
    """Whether a rule of ours, which is no limit of the platform, refused it."""


class Way(Protocol):
    """A way of sending."""

    def try_to(self, wish: Wish) -> Outcome: ...

    def hear(self, update: Update) -> None: ...

    def agreed(self, wa_id: str, at: Instant, source: str) -> None: ...


def _send(world: World, wish: Wish) -> str | GraphError:
    content: dict[str, object] = {"body": "Yes, we have it."}
    if wish.template is not None:
        content = {"name": wish.template, "language": {"code": "en"}}
    kind = "template" if wish.template is not None else "text"
    try:
        return send(world, world.numbers[NUMBER], Body(person=wish.buyer.wa_id, kind=kind, content=content)).message.id
    except GraphError as error:
        return error


def _content(wish: Wish) -> str | None:
    """Return the fingerprint of a message: campaigns are all alike, orders and codes are not."""
    return wish.template if wish.campaign is not None else wish.template and f"{wish.template} {wish.id}"


def _refused(world: World, error: GraphError) -> Outcome:
    wait = TRIES_AGAIN.get(error.code)
    return Outcome(again_at=None if wait is None else world.now + wait, why=str(error.code))


class Without:
    """Sends whatever is wished, and obeys those who stop as far as the platform does."""

    def __init__(self, world: World) -> None:
        self._world = world

    def try_to(self, wish: Wish) -> Outcome:
        answer = _send(self._world, wish)
        return Outcome(answer) if isinstance(answer, str) else _refused(self._world, answer)

    def hear(self, update: Update) -> None:
        """Webhooks are for others."""

    def agreed(self, wa_id: str, at: Instant, source: str) -> None:
        """Nobody writes it down."""


class With:
    """Sends what the gateway's rules let pass; what they put off is tried when they say."""

    def __init__(self, world: World) -> None:
        self._world, self.state, self._names = world, Senders(), Pseudonyms(b"benchmark")
        self._tries = 0
        self.put_off: Counter[str] = Counter()
        at = world.now
        self._know(NumberSeen(at=at, number=NUMBER, account=ACCOUNT, quality="GREEN", throughput="ordinary"))
        self._know(TierSet(at=at, account=ACCOUNT, tier="TIER_250"))
        for template in world.accounts[ACCOUNT].templates.values():
            self._know(TemplateChanged(at=at, account=ACCOUNT, template=template.name, language="en",
                                       status="APPROVED", category=template.category))  # fmt: skip

    def _know(self, fact: object) -> None:
        apply(self.state, fact)  # type: ignore[arg-type]

    def try_to(self, wish: Wish) -> Outcome:
        now = self._world.now
        message = Message(
            number=NUMBER, person=self._names.of(digits=wish.buyer.wa_id),
            kind="template" if wish.template is not None else "text", category=CATEGORIES[wish.kind],
            template=wish.template, language="en" if wish.template is not None else None, campaign=wish.campaign,
            content=_content(wish), country="ID", zone="Asia/Jakarta",
        )  # fmt: skip
        said = judge(self.state, message, now)
        if said:
            self.put_off[said[0].rule] += 1
            final = next((one for one in said if one.next_allowed_at is None), None)
            again = None if final else max(max(one.next_allowed_at or 0 for one in said), now + SECOND)
            rule = (final or said[0]).rule
            return Outcome(again_at=again, why=rule, is_ours=BY_NAME[rule].whose == "practice" or rule == "consent")
        return self._forward(wish, message, now)

    def _forward(self, wish: Wish, message: Message, now: Instant) -> Outcome:
        self._tries += 1
        attempt = str(self._tries)
        self._know(Asked(at=now, attempt=attempt, message=message))
        answer = _send(self._world, wish)
        if isinstance(answer, str):
            self._know(Accepted(at=now, attempt=attempt, message_id=answer))
            return Outcome(answer)
        self._know(Rejected(at=now, attempt=attempt, code=answer.code))
        return _refused(self._world, answer)

    def hear(self, update: Update) -> None:
        for fact in facts_of(envelope([update]), update.at, self._names):
            self._know(fact)

    def agreed(self, wa_id: str, at: Instant, source: str) -> None:
        self._know(Consented(at=at, person=self._names.of(digits=wa_id), category="marketing", source=source,
                             wording="May we send you offers?", proof=f"{source} {wa_id}"))  # fmt: skip
