"""Settings of the service: arguments of `cartellino serve`, else the variables `CARTELLINO_*`, else the defaults below.

>>> Settings.of({"CARTELLINO_LISTEN": "0.0.0.0:80"}, data="d").listen
'0.0.0.0:80'
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

import msgspec

from cartellino.events.kinds import KINDS
from cartellino.vocabulary.diagnostics import did_you_mean
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Duration, duration

SecondPerson = Literal["people", "always", "never", "console"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting; `docs/reference/settings.md` lists them with their variables."""

    data: str = "cartellino-data"
    """Folder with the event log, the snapshots and, unless `database` says otherwise, the database."""
    listen: str = "127.0.0.1:8000"
    """Address and port."""
    database: str = ""
    """URL of the database; empty: SQLite in the data folder. `postgresql://USER:PASSWORD@HOST/NAME` for PostgreSQL."""
    policies: str = "messenger"
    """Pack or folder that decides at the first start; afterwards policies change through the service."""
    salt: str = ""
    """Keys canaries, hold-outs and pseudonyms, at least 32 characters; empty: made at the first start and kept in the
    data folder."""
    secret: str = ""
    """Signs holders' tokens (HS256), at least 32 characters; empty: made at the first start and kept in the data
    folder."""
    bootstrap_key: str = ""
    """An API key with every machine scope, made at the first start of an empty data folder; at least 16 characters."""
    memory: int = 262_144
    """Size of the kernel's tables of pairs, in lines of 64 bytes for each kind of key."""
    workers: int = 2
    """Threads of the kernel."""
    native: str = "auto"
    """Whether rules are compiled. `auto`: once for this machine, in processes beside serving; `always`: before serving;
    `never`: Python interprets them."""
    body: int = 32 << 20
    """Most bytes of a body with events, and twice as many after decompression; other bodies have smaller bounds."""
    rate: int = 600
    """Requests a minute of one address without a key, and of one holder."""
    key_rate: int = 60_000
    """Requests a minute of one API key."""
    proxies: str = ""
    """Addresses or networks of trusted reverse proxies, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed,
    separated by commas: `127.0.0.1, 10.0.0.0/8`."""
    country_header: str = ""
    """Header in which one of `proxies` names the country of the visitor's address, such as `CF-IPCountry`; empty: there
    is none, and people who report a problem without an account are asked for their country."""
    public_url: str = ""
    """Address under which the public reaches the service, such as `https://status.example.org`, for links in feeds and
    mails; empty: links have the host that the request names, and no mails are sent."""
    smtp: str = ""
    """Mail server for those who subscribe to the status or file a complaint, and for notices to business senders,
    `smtp://USER:PASSWORD@HOST:587` (encrypted as soon as the server offers it; no password is sent before) or
    `smtps://...` (from the beginning); empty: no mails."""
    smtp_from: str = ""
    """Sender of these mails, such as `status@example.org`."""
    mail_server: str = ""
    """Name under which your own mail server writes `Authentication-Results`, such as `mx.example.org`: only it can show
    that a mail to `POST /v1/mail` comes from the domain of a registered authority; empty: nothing shows that."""
    jurisdictions: str = ""
    """File with the deadlines and offices of your countries, checked by `cartellino jurisdictions check`; empty: as
    shipped."""
    waiting: int = 500_000
    """Events that may wait to be taken; beyond, the answer is 429 with Retry-After."""
    audit_share: float = 0.02
    """Share of decisions that are drawn for a blind audit."""
    precision_bound: float = 0.6
    """A rule goes back to shadow once the share of its decisions that were right is surely below this."""
    second_person: SecondPerson = "people"
    """Whose changes wait for a second person where they widen what policies do: those of `people`, by whichever door,
    `always` (those of machine keys as well), or `never`. `console`, the name of an earlier default, means `people`."""
    keep: str = ""
    """How long events are kept, by kind: `profile_viewed=30d,message_sent=90d`. Older ones are deleted once a day;
    other kinds are kept for good."""
    private_webhooks: bool = False
    """Whether webhooks may go to addresses of the own network, such as 127.0.0.1; link-local ones stay refused."""
    sender_rules: str = ""
    """Folder with changed files of the rules for business senders (`errors.yaml`, `practice.yaml` and the like, checked
    by `cartellino senders rules check`); what is not in it is as shipped. Empty: all as shipped."""
    whatsapp_upstream: str = "https://graph.facebook.com"
    """Address of the platform behind `cartellino gateway`."""
    whatsapp_forward: str = ""
    """Address to which the platform's webhooks are passed on; empty: nowhere."""
    whatsapp_mode: Literal["observe", "enforce"] = "observe"
    """The mode of the gateway's rules that have none of their own: `observe` forwards everything and says what it would
    have refused."""
    whatsapp_app_secret: str = ""
    """The secret of the business's app, which signs webhooks; without it none is taken."""
    whatsapp_verify_token: str = ""
    """The token that the platform must send in the handshake of webhooks; without it none succeeds."""
    whatsapp_token: str = ""
    """A token of the platform with which the gateway reads templates, quality and tier; empty: it uses its clients'."""

    @classmethod
    def of(cls, environment: Mapping[str, str], **given: object) -> Settings:
        """Read the settings from the arguments, then the environment; an argument that is `None` does not count.

        Raises `BadArgument` for a value that cannot be read.
        """
        chosen: dict[str, object] = {}
        for name in cls.__struct_fields__:
            variable = f"CARTELLINO_{name.upper()}"
            if variable in environment:
                chosen[name] = environment[variable]
        chosen |= {name: value for name, value in given.items() if value is not None}
        try:
            made = msgspec.convert(chosen, cls, strict=False)
        except msgspec.ValidationError as error:
            raise BadArgument(f"a setting cannot be read: {error}") from None
        networks(made.proxies)
        return made

    @property
    def kept(self) -> dict[str, Duration]:
        """How long events are kept, by kind.

        Raises `BadArgument` for an unknown kind, or another form.
        """
        kept = {}
        for pair in filter(None, (part.strip() for part in self.keep.split(","))):
            kind, _, length = pair.partition("=")
            if kind not in KINDS:
                raise BadArgument(f"`keep`: `{kind}` is not a kind of event; {did_you_mean(kind, KINDS)}")
            try:
                kept[kind] = duration(length)
            except ValueError as error:
                raise BadArgument(f"`keep`: {error}") from None
        return kept

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data)

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.database or f"sqlite:///{self.folder / 'cartellino.db'}"


@lru_cache
def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read addresses and networks with commas between.

    Raises `BadArgument` for what is neither.
    """
    return tuple(_network(part.strip()) for part in text.split(",") if part.strip())


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise BadArgument(
            f"`proxies`: `{text}` is no address and no network, such as 10.0.0.1 or 10.0.0.0/8 ({error})"
        ) from None
