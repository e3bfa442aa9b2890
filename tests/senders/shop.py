"""A shop with a number, approved templates, and campaigns of every kind."""

from __future__ import annotations

from typing import Literal

from cartellino.senders import facts
from cartellino.senders.fold import apply
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, instant

NOON = instant("2026-11-28T11:00:00Z")


def offer(person: str, name: str = "c") -> facts.Message:
    return facts.Message(number="1", person=(person,), kind="template", category="marketing", country="IT",
                         template="spring_sale", language="en", campaign=name, content=f"same of {name}")  # fmt: skip


def shop() -> Senders:
    state = Senders()
    apply(state, facts.NumberSeen(at=NOON - 90 * DAY, number="1", account="w", display="+39 06 1234", quality="GREEN"))
    apply(state, facts.TemplateChanged(at=NOON - 90 * DAY, account="w", template="spring_sale", language="en",
          status="APPROVED", category="marketing"))  # fmt: skip
    return state


def campaign(
    state: Senders, many: int, at: int, *, agreed: int, answered: int, stopped: int = 0, undelivered: int = 0,
    name: str = "c",
) -> None:  # fmt: skip
    """Write to so many people: the first agreed, answered; the last stopped, and before them are those not reached."""
    for n in range(many):
        person, attempt = f"p:{name}{n}", f"{name}{n}"
        if n < agreed:
            apply(state, facts.Consented(at=at - DAY, person=(person,), category="marketing", source="web",
                  wording="Offers by WhatsApp", proof="form-1"))  # fmt: skip
        apply(state, facts.Asked(at=at + n, attempt=attempt, message=offer(person, name)))
        apply(state, facts.Accepted(at=at + n, attempt=attempt, message_id=f"w{attempt}"))
        lost = many - stopped - undelivered <= n < many - stopped
        status = facts.Status(at=at + MINUTE + n, message_id=f"w{attempt}", number="1", person=(person,),
                              status="failed" if lost else "delivered", code=131026 if lost else None)  # fmt: skip
        apply(state, status)
        if n < answered or n >= many - stopped:
            word: Literal["stop"] | None = "stop" if n >= many - stopped else None
            apply(state, facts.Wrote(at=at + HOUR + n, number="1", person=(person,), message_id=f"i{attempt}",
                  word=word))  # fmt: skip
