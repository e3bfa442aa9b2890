"""Consent: did those who get offers agree, is it on record with a proof, and is a no obeyed?"""

from __future__ import annotations

from cartellino.senders.pillars.audience import OVER, Audience
from cartellino.senders.pillars.course import course_of_share
from cartellino.senders.pillars.saying import Saying
from cartellino.senders.pillars.shape import Figure, Lever, Pillar, largest, number, share


def consent(audience: Audience) -> Pillar:
    """Return the pillar."""
    offered, now = audience.offered, audience.now
    says = [reached.person.agrees("marketing") for reached in offered]
    yes, no, nobody_knows = says.count(True), says.count(False), says.count(None)
    proven = sum(
        bool(agreement and agreement.proof)
        for agreement in (reached.person.agreement("marketing") for reached in offered)
    )
    stopped = sum(
        any(now - OVER < at <= now for at in reached.person.withdrew.values()) for reached in audience.reached
    )  # fmt: skip
    disobeyed = sum(_after_no(audience))
    on_record = share("on_record", "people who got offers and whose agreement is on record", hits=yes, of=len(offered),
                      unknown=nobody_knows)  # fmt: skip
    sender = audience.number
    return Pillar(
        name="consent",
        about="Who gets offers has agreed to them: who, where, in which words, when, and what proves it.",
        figures=(
            on_record,
            share("with_proof", "people who got offers and whose agreement is proven", hits=proven, of=len(offered)),
            share("stopped", "people written to who asked to stop", hits=stopped, of=len(audience.reached)),
            number("after_stop", "offers to people who had asked for none", "messages", disobeyed, of=len(offered)),
        ),
        series=(
            course_of_share("on_record", "conversations begun with agreement on record", sender, now,
                            lambda day: day.consented, lambda day: day.began, lambda day: day.unknown_consent),
            course_of_share("stopped", "people who asked to stop, of conversations begun", sender, now,
                            lambda day: day.stopped, lambda day: day.began),
        ),
        levers=largest(_leave_out(on_record, yes, no, nobody_knows), _prove(yes, proven, len(offered)),
                       _obey(disobeyed)),
    )  # fmt: skip


def _after_no(audience: Audience) -> list[int]:
    """Return how many offers each person got after they had asked for none, and still hold to it."""
    counts = []
    for reached in audience.offered:
        if reached.person.agrees("marketing") is False:
            said = max(at for kind, at in reached.person.withdrew.items() if kind in ("marketing", "any"))
            counts.append(sum(sent.at > said for sent in reached.offers))
    return counts


def _leave_out(on_record: Figure, yes: int, no: int, nobody_knows: int) -> Lever | None:
    if not nobody_knows or on_record.least is None:
        return None
    then = yes / (yes + no) if yes + no else None
    said = "leave_out_unknown.none" if then is None else "leave_out_unknown"
    return Lever(
        name="leave_out_unknown", figure="on_record", many=nobody_knows, now=on_record.least, then=then,
        saying=Saying(said, {"people": nobody_knows, "then": then or 0.0}),
    )  # fmt: skip


def _prove(yes: int, proven: int, of: int) -> Lever | None:
    missing = yes - proven
    if missing <= 0:
        return None
    return Lever(
        name="record_proof", figure="with_proof", many=missing, now=proven / of, then=yes / of,
        saying=Saying("record_proof", {"many": missing, "then": yes / of}),
    )  # fmt: skip


def _obey(disobeyed: int) -> Lever | None:
    if not disobeyed:
        return None
    return Lever(
        name="obey_stops", figure="after_stop", many=disobeyed, now=disobeyed, then=0,
        saying=Saying("obey_stops", {"many": disobeyed}),
    )  # fmt: skip
