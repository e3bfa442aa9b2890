"""The register of all standings, which writes a row to the ledger for every change.

>>> register = Register("salt")
>>> register.standing(("main", "a1")).name(now=0), register.ledger.rows
('clear', [])
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from heapq import heappop, heappush

from msgspec.structs import replace

from cartellino.enforcement.acts import Act, SetBack
from cartellino.enforcement.ledger import Ledger
from cartellino.enforcement.standing import Sanction, Standing
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.ids import SanctionId
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import Instant

_CLEAR = Standing()


class Register:
    """The standings by account. Sanctions are never removed; their instants show whether they have ended.

    One thread changes the register, and any thread may read it. Standings are immutable. A dictionary that may grow
    meanwhile is copied before it is iterated, which is atomic, as `dict.copy` runs no Python code.
    """

    def __init__(self, salt: str) -> None:
        """Start empty; `salt` keys the pseudonyms of the ledger."""
        self.ledger = Ledger(salt)
        self._standings: dict[AccountRef, Standing] = {}
        self._owners: dict[SanctionId, AccountRef] = {}
        self._endings: list[tuple[Instant, SanctionId]] = []
        self._persons: dict[AccountRef, tuple[AccountRef, ...]] = {}
        self.touched: dict[AccountRef, None] = {}

    def go_on_from(self, standings: Mapping[AccountRef, Standing]) -> None:
        """Take over earlier standings; sanctions in force will still expire."""
        for person, standing in standings.items():
            self._standings[person] = standing
            for sanction in standing.sanctions:
                self._owners[sanction.id] = person
                if sanction.action.ends_at is not None and sanction.expired_at is None:
                    heappush(self._endings, (sanction.action.ends_at, sanction.id))

    def standing(self, person: AccountRef) -> Standing:
        """Return the standing of an account; without linked accounts."""
        return self._standings.get(person, _CLEAR)

    def linked(self, person: AccountRef) -> tuple[AccountRef, ...]:
        """Return the other accounts of the same person."""
        return tuple(account for account in self._persons.get(person, ()) if account != person)

    def link(self, first: AccountRef, second: AccountRef) -> None:
        """Link two accounts, and all accounts that either is linked with, as those of one person."""
        together = tuple(dict.fromkeys((*self._persons.get(first, (first,)), *self._persons.get(second, (second,)))))
        for account in together:
            self._persons[account] = together

    def together(self, person: AccountRef, *, shared: bool) -> dict[AccountRef, Standing]:
        """Return the standings that climb a ladder together: on a shared ladder those of all linked accounts."""
        accounts = (person, *self.linked(person)) if shared else (person,)
        return {account: self.standing(account) for account in accounts}

    def whole(self, person: AccountRef, shared: Container[str]) -> Standing:
        """Return what counts for an account: its standing, joined with that of linked accounts on shared ladders."""
        standing = self.standing(person)
        for account in self.linked(person) if person in self._persons else ():
            standing = standing.joined(self.standing(account).of_ladders(shared))
        return standing

    def sanctioned(self, now: Instant) -> list[AccountRef]:
        """Return the accounts with a sanction in force."""
        return [person for person, standing in self._standings.copy().items() if standing.in_force(now)]

    def owner(self, sanction: SanctionId) -> AccountRef:
        """Return the owner of a sanction.

        Raises `NotFound` if there is no such sanction.
        """
        if sanction not in self._owners:
            raise NotFound(f"there is no sanction `{sanction}`; reviews and what is in shadow have none")
        return self._owners[sanction]

    def sanction(self, identity: SanctionId) -> Sanction:
        """Return a sanction in its current state.

        Raises `NotFound` if there is no such sanction.
        """
        return next(sanction for sanction in self.standing(self.owner(identity)).sanctions if sanction.id == identity)

    def impose(self, person: AccountRef, standing: Standing, sanction: Sanction, by: Actor, what: str) -> None:
        """Replace the standing of an account by one with a new sanction."""
        before = self.standing(person).name(sanction.starts_at)
        self.replace(person, standing, [sanction])
        self._owners[sanction.id] = person  # last: whoever finds the owner finds the sanction, too
        self.row(sanction.starts_at, by, what, person, before, standing.name(sanction.starts_at))

    def replace(self, person: AccountRef, standing: Standing, changed: list[Sanction]) -> None:
        """Replace the standing of an account, and schedule the ends of the sanctions that changed."""
        self._put(person, standing)
        for sanction in changed:
            if sanction.action.ends_at is not None:
                heappush(self._endings, (sanction.action.ends_at, sanction.id))

    def end(self, act: Act, identity: SanctionId, at: Instant, what: str) -> None:
        """End a sanction at `at`, or when it had ended already."""
        person, sanction = self.owner(identity), self.sanction(identity)
        ends = (at, sanction.action.ends_at, sanction.lifted_at)
        changed = replace(sanction, lifted_at=min(end for end in ends if end is not None))
        self._put(person, self.standing(person).changed(changed))
        self.row(act.at, act.by, what, person, sanction.action.kind, act.reason)

    def shorten(self, act: Act, identity: SanctionId, ends_at: Instant) -> None:
        """Bring the end of a sanction forward; a later end has no effect."""
        person, sanction = self.owner(identity), self.sanction(identity)
        if sanction.action.ends_at is None or ends_at < sanction.action.ends_at:
            changed = replace(sanction, action=replace(sanction.action, ends_at=ends_at))
            self.replace(person, self.standing(person).changed(changed), [changed])
        self.row(act.at, act.by, "shortened", person, sanction.action.kind, act.reason)

    def due(self, until: Instant) -> list[SanctionId]:
        """Return the sanctions whose end is not after `until` and that have not been expired; each is returned once."""
        ended: list[SanctionId] = []
        while self._endings and self._endings[0][0] <= until:
            at, identity = heappop(self._endings)
            sanction = self.sanction(identity)
            earlier_ends = [end for end in (sanction.lifted_at, sanction.replaced_at) if end is not None and end < at]
            is_open = sanction.expired_at is None and not earlier_ends
            if sanction.action.ends_at == at and is_open and identity not in ended:
                ended.append(identity)
        return ended

    def expire(self, act: Act, identity: SanctionId) -> None:
        """Mark a sanction as expired, unless it is; this is final, even if the clock is set back."""
        person, sanction = self.owner(identity), self.sanction(identity)
        if sanction.expired_at is None:
            changed = replace(sanction, expired_at=act.at)
            self._put(person, self.standing(person).changed(changed))
            self.row(act.at, act.by, "expired", person, sanction.action.kind, "ended")

    def set_back(self, act: SetBack) -> None:
        """Move all standings after the clock was set back (see `SetBack`)."""
        for person, standing in list(self._standings.items()):
            moved = standing.set_back(act.at, act.since, act.span)
            if moved != standing:
                self.replace(
                    person, moved, [sanction for sanction in moved.sanctions if sanction not in standing.sanctions]
                )
                self.row(act.at, act.by, "set back", person, standing.name(act.at), moved.name(act.at))

    def changed_only(self, persons: Iterable[AccountRef]) -> None:
        """After a replay, mark only these accounts as changed; the other standings are stored already."""
        self.touched = dict.fromkeys(persons)

    def _put(self, person: AccountRef, standing: Standing) -> None:
        self._standings[person] = standing
        self.touched[person] = None

    def row(self, at: Instant, by: Actor, what: str, person: AccountRef, before: str, to: str) -> None:
        """Append a row about an account to the ledger."""
        self.ledger.append(at, by, what, self.ledger.pseudonym(*person), before, to)
