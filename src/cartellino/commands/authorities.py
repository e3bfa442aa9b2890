"""Authorities and trusted flaggers: registered by a person, each with the domains of its mail and, if asked, a key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Literal, get_args

import sqlalchemy as sa

from cartellino.appeals.plain_text import line
from cartellino.availability.places import is_country
from cartellino.commands.names import random_id
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.queries import authorities
from cartellino.storage import tables
from cartellino.vocabulary.refusals import BadArgument, NotFound

AuthorityKind = Literal["court", "ministry", "police", "regulator", "trusted_flagger"]
KINDS: tuple[AuthorityKind, ...] = get_args(AuthorityKind)

MOST_DOMAINS = 20
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")

PUBLIC = frozenset({"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "proton.me", "gmx.net",
                    "mail.ru", "yandex.ru", "qq.com", "163.com", "rediffmail.com", "libero.it"})  # fmt: skip
"""Domains at which anybody has an address; nothing can be shown by them."""


def register(
    unit: UnitOfWork, name: str, kind: AuthorityKind, country: str, domains: Sequence[str], credential: str | None,
) -> str:  # fmt: skip
    """Register an authority, and return its id. `credential` is the id of its key.

    Raises `BadArgument` for a country or a domain that is none, and for a domain that somebody has already.
    """
    if not line(name) or not is_country(country):
        raise BadArgument("an authority has a name, and a country as a code of ISO 3166-1 alpha-2, such as ID")
    plain = list(dict.fromkeys(domain.strip().lower().rstrip(".") for domain in domains))
    if len(plain) > MOST_DOMAINS:
        raise BadArgument(f"an authority has at most {MOST_DOMAINS} domains")
    for domain in plain:
        if not _DOMAIN.fullmatch(domain) or domain in PUBLIC:
            raise BadArgument(f"`{domain}` is no domain that shows who writes")
        if unit.ask(partial(authorities.by_domain, domain=domain)) is not None:
            raise BadArgument(f"`{domain}` is registered already")
    identity = random_id("au")
    record = {"authority_id": identity, "name": line(name), "kind": kind, "country": country, "domains": plain,
              "credential_id": credential, "made_at": unit.now, "by": unit.by, "ended_at": None}  # fmt: skip
    unit.put(tables.authorities, record)
    unit.record("authority registered", identity, name)
    return identity


def end(unit: UnitOfWork, identity: str) -> str | None:
    """End a registration; return the id of its key, which has to be ended as well.

    Raises `NotFound` when there is none of that id.
    """
    row = unit.ask(partial(authorities.by_id, identity=identity))
    if row is None:
        raise NotFound(f"there is no authority `{identity}`")
    of_it = tables.authorities.c.authority_id == identity
    unit.change(sa.update(tables.authorities).where(of_it).values(ended_at=unit.now))
    if row.credential_id is not None:
        key = tables.credentials.c.credential_id == row.credential_id
        unit.change(sa.update(tables.credentials).where(key).values(ended_at=unit.now))
    unit.record("authority ended", identity)
    return str(row.credential_id) if row.credential_id is not None else None
