"""The state of accounts, of other keys, and of services in `reference`."""

from __future__ import annotations

from dataclasses import dataclass, field

from cartellino.events.event import Event, Scalar
from cartellino.events.kinds import BY_OTHERS, TAKES_BACK
from cartellino.kernel.panes import Panes
from cartellino.kernel.series import Series
from cartellino.kernel.sightings import Memory
from cartellino.signals.derived import REMEMBERED
from cartellino.signals.window import window
from cartellino.vocabulary.times import DAY, LATEST, SECOND, Instant
from cartellino.vocabulary.truth import Truth

ACTIVE = window(DAY)
"""The window in which an account counts as active after it did something."""

WRITES = ("message_sent", "reply_received")
"""The kinds that show who wrote to whom. Either suffices: a service that sends all messages need not send replies."""

ALWAYS: Instant = -LATEST
"""The start of a log that contains the whole history of every account."""


@dataclass(slots=True)
class Entity:
    """A device, address or other key; its clock is the latest time of its events.

    For events without a key, `latest` is the latest instant that each series has counted, and `taken_back` the clock
    when such an event last took something back.
    """

    clock: Instant
    series: dict[int, Series] = field(default_factory=dict)
    latest: dict[int, Instant] = field(default_factory=dict)
    taken_back: dict[int, Instant] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """An account: its clock, what was last known of it, its series, and when rules last fired for it.

    `wrote_unknown` and `heard_unknown` are when it last wrote to, or was answered by, a peer whose name is missing.
    `wrote_to` is the first peer to whom it sent a message, `wrote_to_others` whether it sent one to any other. For
    kinds that can be taken back, `first_by` and `last_by` are the authors of the first and the latest event, and
    `first_in_doubt` and `last_in_doubt` the kinds of which these may have been taken back.
    """

    clock: Instant
    first_seen: Instant
    series: dict[int, Series] = field(default_factory=dict)
    fired: dict[str, Instant] = field(default_factory=dict)
    made: Instant | None = None
    number: str | None = None
    device: str | None = None
    address: str | None = None
    region: str | None = None
    latest: dict[str, Instant] = field(default_factory=dict)
    firsts: dict[tuple[str, str], Scalar | None] = field(default_factory=dict)
    lasts: dict[tuple[str, str], Scalar | None] = field(default_factory=dict)
    wrote_unknown: Instant = -1
    heard_unknown: Instant = -1
    wrote_to: str | None = None
    wrote_to_others: bool = False
    first_by: dict[str, str | None] = field(default_factory=dict)
    last_by: dict[str, str | None] = field(default_factory=dict)
    first_in_doubt: set[str] = field(default_factory=set)
    last_in_doubt: set[str] = field(default_factory=set)

    def note(self, event: Event) -> None:
        """Advance the clock, and record what the event tells about the account."""
        self.clock = max(self.clock, event.time)
        self._note_taking_back(event)
        self.latest[event.kind] = max(self.latest.get(event.kind, 0), event.time)
        if event.peer is None:
            self._note_unknown_peer(event)
        elif event.kind == "message_sent" and event.group is None:
            self.wrote_to_others |= self.wrote_to not in (None, event.peer)
            self.wrote_to = self.wrote_to or event.peer
        made = event.account_since if event.account_since is not None else _made_by(event)
        if made is not None:
            self.made = made if self.made is None else min(self.made, made)
        if event.kind in BY_OTHERS:
            return
        self.number = None if event.kind == "number_released" else event.number or self.number
        self.device = event.device or self.device
        self.address = event.address or self.address
        self.region = event.region or self.region

    def _note_taking_back(self, event: Event) -> None:
        """Record the author of an event that can be taken back, or that it may have been taken back."""
        if event.kind in TAKES_BACK.values():
            self.first_by.setdefault(event.kind, event.peer)
            if event.time >= self.latest.get(event.kind, 0):
                self.last_by[event.kind] = event.peer
                self.last_in_doubt.discard(event.kind)
        taken_back = TAKES_BACK.get(event.kind, "")
        if taken_back in self.latest:
            if _may_be(event.peer, self.first_by[taken_back]):
                self.first_in_doubt.add(taken_back)
            if _may_be(event.peer, self.last_by[taken_back]):
                self.last_in_doubt.add(taken_back)

    def _note_unknown_peer(self, event: Event) -> None:
        if event.kind == "message_sent" and event.group is None:
            self.wrote_unknown = max(self.wrote_unknown, event.time)
        elif event.kind == "reply_received":
            self.heard_unknown = max(self.heard_unknown, event.time)


def _may_be(first: str | None, second: str | None) -> bool:
    return first is None or second is None or first == second


def _made_by(event: Event) -> Instant | None:
    return event.time if event.kind == "registered" else None


class Service:
    """A service: the start of its log, the kinds that it was seen to send, its accounts and other keys."""

    def __init__(self, name: str, start: Instant, observed: set[str], memory: Memory) -> None:
        """`observed` are the kinds that the operator declares to send."""
        self.name = name
        self.start = start
        self.observed = observed
        self.accounts: dict[str, Account] = {}
        self._entities: dict[tuple[str, str], Entity] = {}
        self._memory = memory
        self._active = Panes(ACTIVE)
        self._active_in: dict[str, Instant] = {}

    def account(self, event: Event) -> Account:
        """Return the account of an event; it is added if it is new."""
        account = self.accounts.get(event.account)
        if account is None:
            account = self.accounts[event.account] = Account(event.time, event.time)
        return account

    def entity(self, by: str, key: str, time: Instant) -> Entity:
        """Return a key other than an account, with its clock advanced to `time`; it is added if it is new."""
        entity = self._entities.get((by, key))
        if entity is None:
            entity = self._entities[(by, key)] = Entity(time)
        entity.clock = max(entity.clock, time)
        return entity

    def known_entity(self, by: str, key: str) -> Entity | None:
        """Return a key other than an account; `None` if it was never seen."""
        return self._entities.get((by, key))

    def note(self, event: Event) -> None:
        """Record the kind of an event, activity, and who wrote to whom."""
        self.observed.add(event.kind)
        self.start = min(self.start, event.time)
        self._be_active(event)
        if event.peer is not None and event.group is None:
            if event.kind == "message_sent":
                self._memory.note_message(self.name, event.account, event.peer, event.time)
            elif event.kind == "reply_received":
                self._memory.note_message(self.name, event.peer, event.account, event.time)

    def wrote(self, sender: str, to: str, before: Instant) -> Truth:
        """Return whether `sender` wrote to `to` within `REMEMBERED` before an instant, to the second.

        Unknown if they may have done so before the log began, or in a message without the name of the peer.
        """
        since = (before - REMEMBERED) // SECOND * SECOND
        wrote = self._memory.has_messaged(self.name, sender, to, since)
        return None if wrote is False and not self._saw_all_since(since, sender, to) else wrote

    def writes_only_to(self, writer: str, to: str) -> Truth:
        """Return whether an account has sent messages to nobody but `to`; unknown unless it was made in the log."""
        account = self.accounts.get(writer)
        if account is None or not self.saw_made(account):
            return None
        if account.wrote_to_others or account.wrote_to not in (None, to):
            return False
        is_all_known = account.wrote_unknown < 0 and "message_sent" in self.observed
        return True if is_all_known else None

    def saw_made(self, account: Account | None) -> bool:
        """Return whether an account was created after the log began, so that the log contains its whole history."""
        return account is not None and account.made is not None and account.made >= self.start

    def _saw_all_since(self, since: Instant, sender: str, to: str) -> bool:
        """Return whether the log contains everything that `sender` may have written to `to` since an instant."""
        writer, reader = self.accounts.get(sender), self.accounts.get(to)
        if self.observed.isdisjoint(WRITES):
            return False
        if (writer is not None and writer.wrote_unknown >= since) or (
            reader is not None and reader.heard_unknown >= since
        ):
            return False
        return since >= self.start or self.saw_made(writer) or self.saw_made(reader)

    @property
    def active(self) -> int:
        """The number of accounts that were active in the last 24 h of the service."""
        return self._active.total

    def _be_active(self, event: Event) -> None:
        """Count each account once, in the pane of its latest event. Events by others do not count."""
        before = self._active_in.get(event.account)
        self._active.advance(event.time)
        if event.kind in BY_OTHERS or (before is not None and not self._active.is_later(event.time, before)):
            return
        if before is not None:
            self._active.subtract(before)
        self._active.add(event.time, 1)
        self._active_in[event.account] = event.time
