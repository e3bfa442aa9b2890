"""One-time codes: a person shows that an account is theirs by entering a code that was sent to it.

The code is sent to the webhooks that subscribed to codes (`outgoing.codes`), and the operator of the messenger delivers
it to the account. A code allows five tries, lasts ten minutes and works once.

**Guessing.** There are 10^12 codes of twelve digits, and a guess counts against one code only. A service that answered
a thousand guesses a second all day, more than it can, would answer 8.64 * 10^7 guesses, however many addresses,
accounts and codes they are spread over: the chance of a hit in a day is below 10^-4. At most 60 guesses in ten minutes
are answered from one network (`web.codes`), which makes it below 10^-8. So an account need not be locked after wrong
guesses.

**Lockout.** Nobody can exhaust another person's codes. When many were sent lately, a request sends no new message but
shares the code that was sent last (`code_of`); if none is valid for five more minutes, a new one is sent in any case.
So anybody who can read the account's messages can always enter, and the account receives at most twenty codes and then
one every five minutes, 32 an hour.
"""

from __future__ import annotations

import hmac
from typing import Any

import sqlalchemy as sa
import structlog

from cartellino.appeals.proof import Holder
from cartellino.commands import webhooks
from cartellino.commands.names import fingerprint, one_time_code, random_id
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.notices.codes import read_digits
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Duration, Instant

TOKEN: Duration = HOUR
"""How long a holder's token lasts."""

LASTS: Duration = 10 * MINUTE
"""How long a code can be entered."""
LEAST_LEFT: Duration = 5 * MINUTE
"""A code is shared with a further request only if it remains valid for at least this long."""

TRIES = 5
"""How often a code can be entered wrongly."""
MOST = 20
"""At most so many codes are sent to an account within an hour while an earlier one is still valid."""

KEPT: Duration = DAY
"""How long codes are kept, since the limit on how many are sent looks back."""
LONGEST = 64
"""Most characters of a typed code that are read."""


log = structlog.get_logger()


def ask(unit: UnitOfWork, service: str, account: str, *, eager: bool = True) -> str:
    """Send a code to an account, and return the id under which it is entered (`use`).

    When too many were sent lately, or when not `eager`, the id stands for the latest valid code instead, if any.
    """
    sent = _sent(unit, service, account)
    good = [row for row in sent if row.used_at is None and row.ends_at >= unit.now + LEAST_LEFT]
    proof, made_at = random_id("p"), max([unit.now, *(row.made_at + 1 for row in sent[:1])])  # no two at the same time
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
    """Return the holder if the code is right, else the number of tries left: 0 also if it was used or has expired."""
    same_id = tables.proofs.c.proof_id == proof
    row = next(iter(unit.read(sa.select(tables.proofs).where(same_id))), None)
    if row is None or row.used_at is not None or row.ends_at <= unit.now or row.tries >= TRIES:
        return 0
    unit.change(sa.update(tables.proofs).where(same_id).values(tries=row.tries + 1))
    sent = row.code_of or row.proof_id
    if not hmac.compare_digest(row.digest, _digest(sent, code)):
        return TRIES - int(row.tries) - 1
    shared = (tables.proofs.c.proof_id == sent) | (tables.proofs.c.code_of == sent)
    unit.change(sa.update(tables.proofs).where(shared).values(used_at=unit.now))
    return Holder(row.service, row.account, unit.now + TOKEN, since=unit.now)


def forget(unit: UnitOfWork) -> None:
    """Delete codes older than `KEPT`."""
    unit.change(sa.delete(tables.proofs).where(tables.proofs.c.made_at < unit.now - KEPT))


def _sent(unit: UnitOfWork, service: str, account: str) -> list[sa.Row[Any]]:
    """Return the codes that were sent to an account within the hour, the latest first."""
    proofs = tables.proofs.c
    of_account = sa.and_(proofs.service == service, proofs.account == account, proofs.code_of.is_(None))
    asked = sa.select(tables.proofs).where(of_account, proofs.made_at > unit.now - HOUR)
    return unit.read(asked.order_by(proofs.made_at.desc()).limit(MOST + 1))


def send(unit: UnitOfWork, service: str, account: str, code: str, ends_at: Instant) -> None:
    """Queue a code for each webhook that subscribed to codes."""
    takers = [hook.webhook_id for hook in webhooks.active(unit) if webhooks.takes(hook.kinds, webhooks.CODE)]
    if not takers:
        log.warning("a one-time code was requested, but no webhook subscribes to `code`, so nobody receives it")
    about = {"service": service, "account": account, "code": code, "at": unit.now, "ends_at": ends_at}
    for webhook in takers:
        record = {"code_id": random_id("o"), "webhook_id": webhook, **about, "tries": 0, "next_at": unit.now}
        unit.put(tables.codes, record)


def _digest(sent: str, code: str) -> str:
    return fingerprint(f"{sent} {read_digits(code)}")
