"""An honest person who is banned by mistake: a school's secretary, who writes to parents that never saved her number.

Each morning she tells the parents of another class about the school. They read it and hardly anybody answers, so by
metadata alone it looks like bulk messaging: strike follows strike, and after two weeks the account is banned. She
appeals; a person has to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from cartellino.events.event import Event
from cartellino.vocabulary.times import DAY, HOUR, Instant

SARI = "sari"
PLEA = (
    "Saya sekretaris sekolah. Setiap pagi saya memberi tahu orang tua murid tentang jadwal sekolah. "
    "Mereka mengenal sekolah kami, hanya belum menyimpan nomor ini. Mohon diperiksa kembali."
)
PARENTS = 95
_SINCE = 400 * DAY


def school(start: Instant, days: int) -> Iterator[Event]:
    """Yield what the secretary does, in order of time."""
    chance, number = Random("school"), 0
    for day in range(days):
        time = start + day * DAY + HOUR // 2
        for parent in range(PARENTS):
            time += chance.randrange(10, 95) * 1_000
            peer = f"parent-{day}-{parent}"
            kinds = ("message_sent", "reply_received") if parent % 11 == 0 else ("message_sent",)
            for kind in kinds:
                number += 1
                yield Event(
                    id=f"{SARI}-{number}", time=time, kind=kind, account=SARI, account_since=start - _SINCE, peer=peer,
                    known=False if kind == "message_sent" else None, device="phone-of-sari", client="official/2.26",
                    attestation="passed", region="ID",
                )  # fmt: skip
