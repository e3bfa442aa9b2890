"""What the administrator writes under `modules:` in homeserver.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SHORTEST = 32
"""Fewest bytes of the secret for pseudonyms."""

LANGUAGES = ("en", "it", "id")

CLOSABLE = ("user_may_invite", "user_may_create_room", "federated_user_may_invite", "media")
"""Checks that may be set to refuse while Cartellino cannot be asked. Messages and sign-in never do."""


class UnusableError(ValueError):
    """A setting cannot be used; Synapse shows the text and does not start."""


@dataclass(frozen=True)
class Settings:
    """Every setting; the README explains them."""

    url: str
    """Cartellino's address, such as `http://127.0.0.1:8000`."""
    key_file: str
    """File with the API key; `{worker}` stands for the name of the process, so that each has a key of its own."""
    pseudonyms_file: str
    """File with the secret of the pseudonyms, at least 32 bytes. Whoever has it can recognise accounts."""
    pages_url: str = ""
    """Cartellino's address as people reach it, where the page about their account is; empty: `url`."""
    account_url: str = ""
    """What refusals link to; empty: the module's own door on this homeserver, which leads on to the page."""
    service: str = "main"
    """The name of this homeserver within Cartellino."""
    language: str = "en"
    """Language for accounts that chose none."""
    spool: str = ""
    """Folder for events that Cartellino could not take yet; empty: they wait in memory."""
    spool_bytes: int = 64 << 20
    """Most bytes of the spool of a process."""
    waiting: int = 50_000
    """Most events in memory."""
    patience: float = 1.0
    """Seconds that an invite or a new room may wait for the standing of an account that is not known yet."""
    exempt: tuple[str, ...] = ()
    """Patterns of user ids that are never told of nor limited, such as `@_irc_*:example.org`."""
    exempt_admins: bool = True
    exempt_bots: bool = True
    """Accounts with the user type `bot` or `support`."""
    fail_closed: tuple[str, ...] = ()
    """Checks that refuse while Cartellino cannot be asked: some of `CLOSABLE`."""
    patterns: tuple[re.Pattern[str], ...] = field(default=(), compare=False)

    @classmethod
    def read(cls, given: Any) -> Settings:  # noqa: ANN401 - whatever stands in the file
        """Check what the administrator wrote.

        Raises `UnusableError`.
        """
        if not isinstance(given, dict):
            raise UnusableError("`config` of the module is not a mapping")
        known = {name for name in cls.__dataclass_fields__ if name != "patterns"}
        unknown = sorted(set(map(str, given)) - known)
        if unknown:
            raise UnusableError(
                f"`{unknown[0]}` is no setting of cartellino_synapse; there are {', '.join(sorted(known))}"
            )
        missing = [name for name in ("url", "key_file", "pseudonyms_file") if not given.get(name)]
        if missing:
            raise UnusableError(f"`{missing[0]}` is missing")
        made = cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})
        made._check()
        patterns = tuple(re.compile(translate(pattern)) for pattern in made.exempt)
        return cls(**{**{name: getattr(made, name) for name in known}, "patterns": patterns})

    def _check(self) -> None:
        for name, address in (("url", self.url), ("account_url", self.account_url), ("pages_url", self.pages_url)):
            parts = urlsplit(str(address))
            if address and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
                raise UnusableError(f"`{name}`: `{address}` is no address, such as http://127.0.0.1:8000")
        if self.language not in LANGUAGES:
            raise UnusableError(f"`language`: `{self.language}` is none of {', '.join(LANGUAGES)}")
        wrong = sorted(set(self.fail_closed) - set(CLOSABLE))
        if wrong:
            raise UnusableError(f"`fail_closed`: `{wrong[0]}` cannot fail closed; these can: {', '.join(CLOSABLE)}")
        for name, least in (("waiting", 1), ("spool_bytes", 1), ("patience", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
                raise UnusableError(f"`{name}`: `{value}` is no number of at least {least}")

    def key(self, worker: str) -> str:
        """Return the API key of a process.

        Raises `UnusableError` when the file cannot be read.
        """
        return _read(self.key_file.replace("{worker}", worker), "key_file").decode("ascii", "replace").strip()

    def secret(self) -> bytes:
        """Return the secret of the pseudonyms.

        Raises `UnusableError` when it cannot be read or is too short.
        """
        secret = _read(self.pseudonyms_file, "pseudonyms_file").strip()
        if len(secret) < SHORTEST:
            raise UnusableError(
                f"`pseudonyms_file`: the secret has fewer than {SHORTEST} bytes; `openssl rand -hex 32` makes one"
            )
        return secret


def _read(path: str, name: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UnusableError(f"`{name}`: {path} cannot be read: {error.strerror}") from None
