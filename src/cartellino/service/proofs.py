"""One-time codes: somebody shows that an account is theirs by what was sent to it.

The code leaves to the webhooks that asked for codes (`outgoing.codes`); whoever runs the messenger brings it to the
account. Five tries, ten minutes, once; thirty codes an hour for an account, and five for whoever asks from one address.
"""

from __future__ import annotations

import hmac

import sqlalchemy as sa

from cartellino.appeals.proof import Holder
from cartellino.service.desk import Desk
from cartellino.service.names import fingerprint, name, one_time_code
from cartellino.service.outgoing import codes
from cartellino.storage import tables
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import HOUR, MINUTE, Duration

TOKEN: Duration = HOUR
"""How long a holder's token lasts."""

LASTS: Duration = 10 * MINUTE
TRIES = 5
MOST = 30


class TooOften(Refusal):
    """Too many codes were asked for."""

    code = "too-often"


def ask(desk: Desk, service: str, account: str) -> str:
    """Send a code to an account, and return the id under which it is given back.

    Raises `TooOften` when thirty were sent within the hour.
    """
    proofs, proof, code = tables.proofs.c, name("p"), one_time_code()
    mine = sa.and_(proofs.service == service, proofs.account == account, proofs.made_at > desk.now - HOUR)
    if len(desk.read(sa.select(proofs.proof_id).where(mine))) >= MOST:
        raise TooOften("too many codes were sent to this account; wait an hour")
    record = {"proof_id": proof, "service": service, "account": account, "digest": fingerprint(f"{proof} {code}")}
    times = {"made_at": desk.now, "ends_at": desk.now + LASTS, "tries": 0, "used_at": None}
    desk.put(tables.proofs, record | times)
    codes.send(desk, service, account, code, desk.now + LASTS)
    return proof


def use(desk: Desk, proof: str, code: str) -> Holder | None:
    """Change a code into a holder; `None` when it is wrong, used, or too old."""
    mine = tables.proofs.c.proof_id == proof
    found = desk.read(sa.select(tables.proofs).where(mine))
    if not found or found[0].used_at is not None or found[0].ends_at <= desk.now or found[0].tries >= TRIES:
        return None
    right = hmac.compare_digest(found[0].digest, fingerprint(f"{proof} {code.strip()}"))
    values = {"tries": found[0].tries + 1, "used_at": desk.now if right else None}
    desk.change(sa.update(tables.proofs).where(mine).values(**values))
    return Holder(found[0].service, found[0].account, desk.now + TOKEN) if right else None
