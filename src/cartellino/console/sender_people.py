"""The people of a sender: what somebody agreed to, looked up by number or user id."""

from __future__ import annotations

from typing import Any

from litestar import get, post

from cartellino.console.door import Answer, guarded, shown
from cartellino.senders.people import Person
from cartellino.senders.phone import read_phone
from cartellino.service.service import Service
from cartellino.web.requests import Asked, Form
from cartellino.web.work import looked


@get("/console/senders/consents", **guarded("read-senders"))
async def consents(request: Asked) -> Answer:
    """Show the form of the look-up."""
    return shown(request, "sender-consents", "What somebody agreed to", asked=False, person=None, to="")


@post("/console/senders/consents", status_code=200, **guarded("read-senders", "form"))
async def found(request: Asked, data: Form) -> Answer:
    """Show what somebody agreed to and took back. Their number is sent in a form, so that it stands in no address."""
    to = data.get("to", "").strip()[:256]
    problem, person = await looked(request, lambda service: _found(service, to))
    return shown(request, "sender-consents", "What somebody agreed to", asked=not problem, person=person, to=to,
                 problem=problem)  # fmt: skip


def _found(service: Service, to: str) -> tuple[str, dict[str, Any] | None]:
    phone = read_phone(to)
    is_user_id = not phone.is_number and to[2:3] == "."
    if not phone.is_number and not is_user_id:
        return f"Write a phone number with its country code, or a user id: this is {phone.why}.", None
    names = service.people.of(digits=phone.digits if phone.is_number else None, user_id=to if is_user_id else None)
    book = service.senders
    with book.lock:
        person = book.state.people.find(names)
        return "", None if person is None else _shown(person, book.now())


def _shown(person: Person, now: int) -> dict[str, Any]:
    return {
        "marketing": person.agrees("marketing"), "country": person.country,
        "agreed": [{"category": kind, "source": one.source, "wording": one.wording, "proof": one.proof,
                    "at": one.given_at or one.at, "actor": one.actor} for kind, one in person.agreed.items()],
        "withdrew": list(person.withdrew.items()),
        "windows": [(number, thread.window_until) for number, thread in person.threads.items()
                    if thread.window_until > now],
        "sent": list(reversed(person.sent[-20:])),
    }  # fmt: skip


PAGES = [consents, found]
