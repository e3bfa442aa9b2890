"""One-time codes: somebody shows that an account is theirs by what was sent to it.

The code leaves to the webhooks that asked for codes (`outgoing.codes`); whoever runs the messenger brings it to the
account. Five tries, ten minutes, once.

**Guessing.** A code has twelve digits, 10^12 of them, and a guess counts against one code only. A service that
answered a thousand guesses a second, day and night, more than it can, would let 8.64 * 10^7 of them through, whatever
the number of addresses, accounts and codes they are spread over: a chance of one hit in a day below 10^-4. From one
network at most 60 guesses in ten minutes are answered (`web.codes`), which makes it below 10^-8. So wrong guesses
never have to lock an account.

**Shutting out.** Nobody can use an account's codes up. While many were sent lately, a further request gets no message
of its own but takes the code that was sent last (`code_of`); when none is good for five minutes more, one is sent,
whoever asks. So whoever reads the account's messages can always enter, and at most twenty and then one every five
minutes, 32 an hour, reach the account.
"""

from __future__ import annotations

import hmac
from typing import Any

import sqlalchemy as sa
import structlog

from cartellino.appeals.proof import Holder
from cartellino.commands import webhooks
from cartellino.commands.names import fingerprint, name, one_time_code
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.notices.codes import read_digits
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Duration, Instant

TOKEN: Duration = HOUR
"""How long a holder's token lasts."""

LASTS: Duration = 10 * MINUTE
LEAST_LEFT: Duration = 5 * MINUTE
"""For how long a code that is taken again is still good."""

TRIES = 5
MOST = 20
"""Codes that are sent to an account within an hour while others are still good."""

KEPT: Duration = DAY
LONGEST = 64
"""Letters of a typed code that are looked at."""


log = structlog.get_logger()


def ask(unit: UnitOfWork, service: str, account: str, *, eager: bool = True) -> str:
    """Send a code to an account, and return the id under which it is given back.

    When too many were sent lately, or it is not `eager`, the code that was sent last is taken instead.
    """
    sent = _sent(unit, service, account)
    good = [one for one in sent if one.used_at is None and one.ends_at >= unit.now + LEAST_LEFT]
    proof, made_at = name("p"), max([unit.now, *(one.made_at + 1 for one in sent[:1])])  # so that one is the latest
    record = {"proof_id": proof, "service": service, "account": account, "made_at": made_at, "tries": 0}
    if good and (not eager or len(sent) >= MOST):
        record |= {"digest": good[0].digest, "ends_at": good[0].ends_at, "code_of": good[0].proof_id}
    else:
        code, ends_at = one_time_code(), unit.now + LASTS
        record |= {"digest": _digest(proof, code), "ends_at": ends_at, "code_of": None}
        send(unit, service, account, code, ends_at)
    unit.put(tables.proofs, record | {"used_at": None})
    return proof


def use(unit: UnitOfWork, proof: str, code: str) -> Holder | int:
    """Change a code into a holder; else return how many tries are left, 0 when it is used or too old as well."""
    mine = tables.proofs.c.proof_id == proof
    row = next(iter(unit.read(sa.select(tables.proofs).where(mine))), None)
    if row is None or row.used_at is not None or row.ends_at <= unit.now or row.tries >= TRIES:
        return 0
    unit.change(sa.update(tables.proofs).where(mine).values(tries=row.tries + 1))
    sent = row.code_of or row.proof_id
    if not hmac.compare_digest(row.digest, _digest(sent, code)):
        return TRIES - int(row.tries) - 1
    shared = (tables.proofs.c.proof_id == sent) | (tables.proofs.c.code_of == sent)
    unit.change(sa.update(tables.proofs).where(shared).values(used_at=unit.now))
    return Holder(row.service, row.account, unit.now + TOKEN, since=unit.now)


def forget(unit: UnitOfWork) -> None:
    """Forget proofs that have been over for long."""
    unit.change(sa.delete(tables.proofs).where(tables.proofs.c.made_at < unit.now - KEPT))


def _sent(unit: UnitOfWork, service: str, account: str) -> list[sa.Row[Any]]:
    """Return the codes that were sent to an account within the hour, the latest first."""
    proofs = tables.proofs.c
    mine = sa.and_(proofs.service == service, proofs.account == account, proofs.code_of.is_(None))
    asked = sa.select(tables.proofs).where(mine, proofs.made_at > unit.now - HOUR)
    return unit.read(asked.order_by(proofs.made_at.desc()).limit(MOST + 1))


def send(unit: UnitOfWork, service: str, account: str, code: str, ends_at: Instant) -> None:
    """Let a code leave, to each webhook that asked for codes."""
    takers = [hook.webhook_id for hook in webhooks.active(unit) if webhooks.takes(hook.kinds, webhooks.CODE)]
    if not takers:
        log.warning("a one-time code was asked for, and no webhook takes the kind `code`: nobody gets it")
    about = {"service": service, "account": account, "code": code, "at": unit.now, "ends_at": ends_at}
    for webhook in takers:
        unit.put(tables.codes, {"code_id": name("o"), "webhook_id": webhook, **about, "tries": 0, "next_at": unit.now})


def _digest(sent: str, code: str) -> str:
    return fingerprint(f"{sent} {read_digits(code)}")
