"""The register: what everybody has received, and a row for every change of it.

>>> register = Register("salt")
>>> register.standing(("main", "a1")).name(now=0), register.ledger.rows
('clear', [])
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from heapq import heappop, heappush

from cartellino.enforcement.acts import Act, SetBack
from cartellino.enforcement.ledger import Ledger
from cartellino.enforcement.standing import Sanction, Standing
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import Instant


class Register:
    """Standings by person. Nothing is ever taken out: what ended is told by its instants.

    One thread changes it and any thread may read: standings are immutable, and a whole dictionary is copied in one step
    (`dict.copy` runs no Python code) before it is gone through, since it may grow meanwhile.
    """

    def __init__(self, salt: str) -> None:
        """Start with clear standings; `salt` keys the pseudonyms of the ledger."""
        self.ledger = Ledger(salt)
        self._standings: dict[AccountRef, Standing] = {}
        self._owners: dict[SanctionId, AccountRef] = {}
        self._endings: list[tuple[Instant, SanctionId]] = []
        self._persons: dict[AccountRef, tuple[AccountRef, ...]] = {}
        self.touched: dict[AccountRef, None] = {}

    def go_on_from(self, standings: Mapping[AccountRef, Standing]) -> None:
        """Take over standings from before; what has not ended yet will."""
        for person, standing in standings.items():
            self._standings[person] = standing
            for sanction in standing.sanctions:
                self._owners[sanction.id] = person
                if sanction.action.ends_at is not None and sanction.expired_at is None:
                    heappush(self._endings, (sanction.action.ends_at, sanction.id))

    def standing(self, person: AccountRef) -> Standing:
        """Return what a person has received so far."""
        return self._standings.get(person, Standing())

    def linked(self, person: AccountRef) -> tuple[AccountRef, ...]:
        """Return the other accounts of the same person."""
        return tuple(account for account in self._persons.get(person, ()) if account != person)

    def link(self, first: AccountRef, second: AccountRef) -> None:
        """From now on two accounts, and what each was linked with, are one person's."""
        together = tuple(dict.fromkeys((*self._persons.get(first, (first,)), *self._persons.get(second, (second,)))))
        for account in together:
            self._persons[account] = together

    def together(self, person: AccountRef, *, shared: bool) -> dict[AccountRef, Standing]:
        """Return the standings that climb a ladder together: an account's own, and on a shared one its person's."""
        accounts = (person, *self.linked(person)) if shared else (person,)
        return {account: self.standing(account) for account in accounts}

    def whole(self, person: AccountRef, shared: Container[str]) -> Standing:
        """Return what counts for an account: its own, and what shared ladders hold against the same person's others."""
        standing = self.standing(person)
        for account in self.linked(person):
            standing = standing.joined(self.standing(account).of_ladders(shared))
        return standing

    def sanctioned(self, now: Instant) -> list[AccountRef]:
        """Return who is under a sanction."""
        return [person for person, standing in self._standings.copy().items() if standing.in_force(now)]

    def owner(self, sanction: SanctionId) -> AccountRef:
        """Return whose sanction it is.

        Raises `NotFound` when there is no such sanction.
        """
        if sanction not in self._owners:
            raise NotFound(f"there is no sanction `{sanction}`; reviews and what is in shadow have none")
        return self._owners[sanction]

    def sanction(self, identity: SanctionId) -> Sanction:
        """Return a sanction as it stands now."""
        return next(sanction for sanction in self.standing(self.owner(identity)).sanctions if sanction.id == identity)

    def impose(self, person: AccountRef, standing: Standing, sanction: Sanction, by: Actor, what: str) -> None:
        """Make a new sanction part of the standing."""
        before = self.standing(person).name(sanction.starts_at)
        self.replace(person, standing, [sanction])
        self._owners[sanction.id] = person  # last: whoever finds the owner finds the sanction, too
        self.row(sanction.starts_at, by, what, person, before, standing.name(sanction.starts_at))

    def replace(self, person: AccountRef, standing: Standing, changed: list[Sanction]) -> None:
        """Replace a standing; the endings of the sanctions that changed will be told."""
        self._put(person, standing)
        for sanction in changed:
            if sanction.action.ends_at is not None:
                heappush(self._endings, (sanction.action.ends_at, sanction.id))

    def end(self, act: Act, identity: SanctionId, at: Instant, what: str) -> None:
        """End a sanction at `at`, or when it would have ended anyway."""
        person, sanction = self.owner(identity), self.sanction(identity)
        ends = (at, sanction.action.ends_at, sanction.lifted_at)
        changed = replace(sanction, lifted_at=min(end for end in ends if end is not None))
        self._put(person, self.standing(person).changed(changed))
        self.row(act.at, act.by, what, person, sanction.action.kind, act.reason)

    def shorten(self, act: Act, identity: SanctionId, ends_at: Instant) -> None:
        """Let a sanction end earlier; never later."""
        person, sanction = self.owner(identity), self.sanction(identity)
        if sanction.action.ends_at is None or ends_at < sanction.action.ends_at:
            changed = replace(sanction, action=replace(sanction.action, ends_at=ends_at))
            self.replace(person, self.standing(person).changed(changed), [changed])
        self.row(act.at, act.by, "shortened", person, sanction.action.kind, act.reason)

    def due(self, until: Instant) -> list[SanctionId]:
        """Return the sanctions that should have ended by `until` and have not been declared so."""
        ended: list[SanctionId] = []
        while self._endings and self._endings[0][0] <= until:
            at, identity = heappop(self._endings)
            sanction = self.sanction(identity)
            taken_away = [end for end in (sanction.lifted_at, sanction.replaced_at) if end is not None and end < at]
            is_open = sanction.expired_at is None and not taken_away
            if sanction.action.ends_at == at and is_open and identity not in ended:
                ended.append(identity)
        return ended

    def expire(self, act: Act, identity: SanctionId) -> None:
        """Declare that a sanction came to its end: once, and for good."""
        person, sanction = self.owner(identity), self.sanction(identity)
        if sanction.expired_at is None:
            changed = replace(sanction, expired_at=act.at)
            self._put(person, self.standing(person).changed(changed))
            self.row(act.at, act.by, "expired", person, sanction.action.kind, "ended")

    def set_back(self, act: SetBack) -> None:
        """Let what everybody has received be as it is now that the clock was set back."""
        for person, standing in list(self._standings.items()):
            moved = standing.set_back(act.at, act.since, act.span)
            if moved != standing:
                self.replace(
                    person, moved, [sanction for sanction in moved.sanctions if sanction not in standing.sanctions]
                )
                self.row(act.at, act.by, "set back", person, standing.name(act.at), moved.name(act.at))

    def changed_only(self, persons: Iterable[AccountRef]) -> None:
        """Take these alone for changed since they were written: the rest of a replay led to what is written already."""
        self.touched = dict.fromkeys(persons)

    def _put(self, person: AccountRef, standing: Standing) -> None:
        self._standings[person] = standing
        self.touched[person] = None

    def row(self, at: Instant, by: Actor, what: str, person: AccountRef, before: str, to: str) -> None:
        """Write a row of the ledger about a person."""
        self.ledger.append(at, by, what, self.ledger.pseudonym(*person), before, to)
