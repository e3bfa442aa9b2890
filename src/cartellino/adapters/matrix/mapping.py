"""From a standing to the state of an account on a homeserver, and from what Matrix has to what Cartellino forbids."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from cartellino.adapters.actuator import Means, Standing
from cartellino.vocabulary.times import Duration, Instant

_MODULE = "a callback of the module in Synapse refuses it, with the reason, the end and the account page"

MEANS = MappingProxyType({
    "warning": Means("carried out", "a server notice with the reason and the account page"),
    "new_chats": Means(
        "carried out", f"{_MODULE}: new direct chats, and invites to people who do not know the account"
    ),
    "groups": Means("carried out", f"{_MODULE}: new rooms and invites to them"),
    "broadcast": Means("missing", "Matrix has no broadcast lists; rules that limit them limit new chats as well"),
    "lookups": Means(
        "carried out",
        f"{_MODULE}: searches, and profiles of people with whom no room is shared; it needs "
        "`require_auth_for_profile_requests`",
    ),
    "media": Means("carried out", f"{_MODULE}: uploads"),
    "profile": Means("carried out", f"{_MODULE}: changes of name and picture"),
    "status": Means("carried out", f"{_MODULE}: the status of presence"),
    "calls": Means(
        "stands in",
        "the module refuses calls that begin with a state event or in a room that is not encrypted; in an encrypted "
        "room a call to one person begins with an event that nobody can tell from a message",
    ),
    "companion_devices": Means(
        "missing", "each sign-in makes a device, so this would keep people out who lost their only one"
    ),
    "challenge": Means(
        "stands in",
        "suspension until a person has confirmed that the account is theirs; devices stay, since deleting one cannot "
        "be undone",
    ),
    "suspension": Means(
        "carried out",
        "Synapse's suspension (MSC3823): the account signs in and reads, and writes nothing; the module gives the "
        "reason and the end",
    ),
    "ban": Means(
        "carried out",
        "suspension at once, a server notice with the reason and the way to appeal, and some time after that Synapse's "
        "lock (MSC3939); nothing is deactivated, and no device is deleted",
    ),
    "notice": Means("carried out", "a server notice"),
    "end": Means("carried out", "suspension and lock are taken back as soon as the sanction does not hold any more"),
    "reversal": Means("carried out", "like an end"),
})  # fmt: skip
"""The means for accounts of the homeserver itself."""

REMOTE_MEANS = MappingProxyType({
    **MEANS,
    "warning": Means("missing", "a server notice reaches only accounts of this homeserver"),
    "lookups": Means("missing", "another homeserver asks for profiles in its own name"),
    "media": Means("missing", "media of other homeservers are fetched when somebody looks at them"),
    "profile": Means("missing", "profiles belong to the other homeserver"),
    "status": Means("missing", "presence belongs to the other homeserver"),
    "groups": Means(
        "stands in", "the module refuses its invites to people who are here; it can make rooms elsewhere"
    ),
    "new_chats": Means("stands in", "the module refuses its invites to people who are here"),
    "challenge": Means("stands in", "as for a suspension"),
    "suspension": Means(
        "stands in",
        "the module refuses its invites and drops its messages for everybody who is here; in rooms with our policy "
        "server, every homeserver drops them",
    ),
    "ban": Means("stands in", "as for a suspension, without an end"),
    "notice": Means(
        "missing", "somebody on another homeserver can only be written to; their page answers whoever has a link"
    ),
    "end": Means("carried out", "the module and the policy server stop refusing"),
})  # fmt: skip
"""What stands in for accounts of other homeservers, which nobody here can suspend."""


class Wish(NamedTuple):
    """The state that an account should be in, and why: the ids of the sanctions, empty where nothing blocks it."""

    suspended: bool
    locked: bool
    cause: str


def wish_of(standing: Standing, now: Instant, told_at: Instant | None, wait: Duration) -> Wish:
    """Return the state that a standing asks for.

    A ban locks when `wait` has passed since the account was told of it (`told_at`), never before; until then it
    suspends.
    """
    blocking = standing.blocking(now)
    if not blocking:
        return Wish(suspended=False, locked=False, cause="")
    worst = blocking[-1]
    locked = worst.kind == "ban" and told_at is not None and told_at + wait <= now
    return Wish(suspended=True, locked=locked, cause=" ".join(sorted(sanction.sanction_id for sanction in blocking)))


def ban_in(standing: Standing, now: Instant) -> str:
    """Return the id of the ban of an account, empty if there is none."""
    return next((sanction.sanction_id for sanction in standing.blocking(now) if sanction.kind == "ban"), "")
