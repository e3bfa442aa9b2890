"""Two honest people, whose cards stay for as long as a demonstration runs.

Sari is banned by mistake: a school's secretary, who writes to parents that never saved her number. Each morning she
tells the parents of another class about the school. They read it, hardly anybody answers, and a few block a number that
they do not know. So by metadata alone it looks like unwanted messages: strike follows strike, and after two weeks the
account is banned. She appeals; a person has to look.

Marco's account was taken over: after many failed sign-ins it wrote to his friends from another device. It is paused
until he confirms that it is his, which nobody in the town does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from cartellino.events.event import Event
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, Instant

SARI = "sari"
MARCO = "marco"
PLEA = (
    "Saya sekretaris sekolah. Setiap pagi saya memberi tahu orang tua murid tentang jadwal sekolah. "
    "Mereka mengenal sekolah kami, hanya belum menyimpan nomor ini. Mohon diperiksa kembali."
)
PARENTS = 95
_SINCE = 400 * DAY


def school(start: Instant, days: int) -> Iterator[Event]:
    """Yield the events of the secretary, in order of time."""
    chance, number = Random("school"), 0
    for day in range(days):
        time = start + day * DAY + HOUR // 2
        for parent in range(PARENTS):
            time += chance.randrange(10, 95) * 1_000
            peer = f"parent-{day}-{parent}"
            reaction = ("reply_received",) if parent % 11 == 0 else ("blocked",) if parent % 8 == 5 else ()
            for kind in ("message_sent", *reaction):
                number += 1
                yield Event(
                    id=f"{SARI}-{number}", time=time, kind=kind, account=SARI, account_since=start - _SINCE, peer=peer,
                    device="phone-of-sari", client="official/2.26", attestation="passed", region="ID",
                    **_ABOUT_THEM.get(kind, {}),
                )  # fmt: skip


_ABOUT_THEM: Mapping[str, Mapping[str, Any]] = {"message_sent": {"known": False}, "blocked": {"had_contact": True}}
"""The columns of her messages to a parent, who is not a contact of hers."""


def takeover(start: Instant, days: int) -> Iterator[Event]:
    """Yield the events of Marco's account, in order of time: quiet days, and then the takeover."""
    begin, laptop = start + (days - 1) * DAY + 20 * HOUR, "laptop-of-nobody"
    happened: list[tuple[Instant, str, str, str | None]] = [
        *((start + day * DAY + 9 * HOUR, "connected", "phone-of-marco", None) for day in range(days)),
        *((begin + 10 * SECOND * turn, "sign_in_failed", laptop, None) for turn in range(20)),
        (begin + 10 * MINUTE, "device_linked", laptop, None),
        *((begin + 11 * MINUTE + 20 * SECOND * turn, "message_sent", laptop, f"friend-{turn}") for turn in range(12)),
    ]
    for number, (time, kind, device, peer) in enumerate(happened):
        yield Event(
            id=f"{MARCO}-{number}", time=time, kind=kind, account=MARCO, account_since=start - _SINCE, peer=peer,
            known=True if kind == "message_sent" else None, device=device, region="IT",
        )  # fmt: skip
