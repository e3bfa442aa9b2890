"""Orders of authorities as the public ledger and the interface show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Any

from cartellino.appeals.orders import Held
from cartellino.commands.orders import facts_of
from cartellino.notices.compose import compose
from cartellino.notices.facts import Shape
from cartellino.notices.words import Words
from cartellino.service.shown_levels import hidden
from cartellino.vocabulary import actors
from cartellino.vocabulary.times import Instant, show_instant


def ledger(orders: Iterable[Held], words: Words, language: str, now: Instant) -> dict[str, Any]:
    """Return the public ledger: restrictions that a person has looked at; of those that are only counted, how many.

    Orders about single accounts or content are in the figures only (`queries.authority_figures`).
    """
    told = [one for one in orders if one.is_told and one.order.kind == "restriction"]
    counted = sum(one.order.visibility == "counted" for one in told)
    return {
        "orders": [public(one, words, language, now) for one in told if one.order.visibility != "counted"],
        "not_public": hidden(counted),
        "as_of": show_instant(now),
    }


def public(held: Held, words: Words, language: str, now: Instant, zone: tzinfo = UTC) -> dict[str, Any]:
    """Return what everybody may know of an order, with the notice to the people concerned in a language."""
    order, is_full = held.order, held.order.visibility == "full"
    shape: Shape = "order_over" if held.state in ("stayed", "ended") else "ordered"
    said = compose(facts_of(held, shape, now), words, language, now, zone)
    return {
        "order": held.id,
        "country": order.country,
        "service": order.service,
        "features": list(order.features),
        "authority": order.authority if is_full else None,
        "legal_basis": order.legal_basis if is_full else None,
        "reference": order.reference if is_full else None,
        "from": show_instant(order.starts),
        "to": None if order.ends is None else show_instant(order.ends),
        "state": held.state,
        "holds": held.holds(now),
        "concerns": {"accounts": hidden(len(order.accounts))} if order.accounts else {"everybody_in": order.country},
        "timeline": [{"at": show_instant(entry.at), "state": entry.state} for entry in held.timeline],
        "notice": {"language": language, "title": said.title, "text": said.what, "until": said.until}
        if held.state != "refused" and order.kind == "restriction" else None,
    }  # fmt: skip


def whole(held: Held, words: Words, language: str, now: Instant, *, inside: bool = True) -> dict[str, Any]:
    """Return all of an order, for operators; for the authority itself without who did what (`inside` is false)."""
    order, refused = held.order, held.refused
    lines = [
        {"at": show_instant(entry.at), "state": entry.state, "note": entry.note,
         **({"by": actors.shown(actors.Actor(entry.who))} if inside else {})}
        for entry in held.timeline
    ]  # fmt: skip
    return {
        **public(held, words, language, now),
        "authority": order.authority, "legal_basis": order.legal_basis, "reference": order.reference,
        "visibility": order.visibility, "accounts": [account.account for account in order.accounts],
        "kind": order.kind, "category": order.category or None, "urgent": order.urgent,
        "addresses": list(order.addresses), "text": order.text, "refused": list(refused), "case_id": held.case,
        "timeline": lines,
        **({"door": order.door, "proof": order.proof, "following": list(held.following())} if inside else {}),
    }  # fmt: skip
