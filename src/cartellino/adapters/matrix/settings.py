"""The settings of `cartellino matrix`: a YAML file, beside the homeserver's."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import yaml

from cartellino.vocabulary.languages import OURS
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Duration, duration


class PolicyServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy server (MSC4284), where one is served."""

    listen: str
    """Address and port, such as `127.0.0.1:8010`; a reverse proxy passes `/_matrix/policy/` on to it."""
    name: str
    """The server name that rooms point at: that of the homeserver which passes the path on."""
    key_file: str
    """File with the Ed25519 key that signs, a seed of 32 bytes in Base64: `openssl rand -base64 32`."""
    fail: str = "open"
    """`open`: events are signed while standings are not known; `closed`: they are refused then."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting."""

    homeserver: str
    """Synapse's address, such as `http://127.0.0.1:8008`."""
    admin_token_file: str
    """File with the access token of an administrator of the homeserver."""
    cartellino: str
    """Cartellino's address."""
    key_file: str
    """File with an API key; scopes `standing`, `stream`, `notices`."""
    pseudonyms_file: str
    """File with the secret that the module has too."""
    state: str
    """Folder for the journal of what was done."""
    account_url: str
    """Where people reach the page about their account: the module's door, or Cartellino's `/account`."""
    service: str = "main"
    """The name of this homeserver within Cartellino."""
    language: str = "en"
    """Language for accounts that chose none."""
    lock_after: str = "1h"
    """How long after its notice a ban locks the account. Until then it is suspended, so that the notice can be read."""
    look_every: str = "15s"
    """Pause between looks at the accounts on which something holds: for ends, and for what was done by hand."""
    exempt: tuple[str, ...] = ()
    """Patterns of user ids that are never touched, beside administrators, bots and application services."""
    policy_server: PolicyServer | None = None
    """The policy server; left out, there is none."""

    @property
    def wait(self) -> Duration:
        """`lock_after` in milliseconds."""
        return duration(self.lock_after)

    @property
    def admin_token(self) -> str:
        """The access token."""
        return secret_in(self.admin_token_file).decode("ascii", "replace")

    @property
    def key(self) -> str:
        """The API key."""
        return secret_in(self.key_file).decode("ascii", "replace")


def read(path: Path) -> Settings:
    """Read settings.

    Raises `BadArgument` for what cannot be used, with what was expected.
    """
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        made = msgspec.convert(given, Settings)
    except OSError as error:
        raise BadArgument(f"`{path}` cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadArgument(f"`{path}` is no YAML: {error}") from None
    except msgspec.ValidationError as error:
        raise BadArgument(f"`{path}`: {error}") from None
    for name in ("homeserver", "cartellino", "account_url"):
        parts = urlsplit(getattr(made, name))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadArgument(f"`{name}`: `{getattr(made, name)}` is no address, such as http://127.0.0.1:8008")
    if made.language not in OURS:
        raise BadArgument(f"`language`: `{made.language}` is none of {', '.join(OURS)}")
    if made.policy_server is not None and made.policy_server.fail not in ("open", "closed"):
        raise BadArgument("`policy_server.fail` is open or closed")
    for name in ("lock_after", "look_every"):
        try:
            duration(getattr(made, name))
        except ValueError as error:
            raise BadArgument(f"`{name}`: {error}") from None
    return made


def secret_in(path: str) -> bytes:
    """Return what stands in a file of a secret, without white space around it.

    Raises `BadArgument` if there is none.
    """
    try:
        secret = Path(path).read_bytes().strip()
    except OSError as error:
        raise BadArgument(f"`{path}` cannot be read: {error.strerror}") from None
    if not secret:
        raise BadArgument(f"`{path}` is empty")
    return secret
