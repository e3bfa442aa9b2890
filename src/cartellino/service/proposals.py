"""Changes of the policies: one person makes a proposal, and another has to agree before it takes effect.

    SetParameter   a threshold          SetText    one policy file
    SetMode        a rule's mode        SetTexts   all of them

A change that narrows what the policies do takes effect at once: a rule that goes back towards `off`, or the version
that decided before. A change that widens it waits for a second person, whether it comes through the console or the API.
Changes by machine keys wait only if the setting `second_person` is `always`; with `never`, no change waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from difflib import unified_diff
from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.appeals.hearing import NotNow, NotYours
from cartellino.commands.names import name as new_name
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Record
from cartellino.enforcement.examples import run
from cartellino.policies.load import Text
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Mode, ModeKind
from cartellino.queries.operator_changes import changed_by
from cartellino.queries.policy_versions import Version
from cartellino.service.settings import SecondPerson
from cartellino.service.writer import Writer
from cartellino.storage import tables
from cartellino.vocabulary.actors import Actor, shown
from cartellino.vocabulary.refusals import BadArgument, BadPolicy
from cartellino.vocabulary.times import DAY, HOUR, Duration

_STEP: Mapping[ModeKind, int] = {"off": 0, "shadow": 1, "canary": 2, "live": 2}

ONE_PERSON: Duration = DAY
"""For so long, an operator who set another one's role or password counts as the same person, as they can sign in as
them."""


class SetParameter(msgspec.Struct, frozen=True, tag="parameter"):
    """Sets a parameter to another value."""

    name: str
    value: float

    def apply(self, version: Version) -> Version:
        """Return the version with the change."""
        return msgspec.structs.replace(version, parameters={**version.parameters, self.name: self.value})

    def narrows(self, policies: PolicySet) -> bool:
        """Return false: whether a larger value narrows or widens depends on the rule."""
        return False

    def words(self) -> str:
        """Say it in a sentence."""
        return f"the parameter {self.name} is {self.value:g}"


class SetMode(msgspec.Struct, frozen=True, tag="mode"):
    """Sets the mode of a rule: rolls it out further, or back."""

    rule: str
    mode: Mode

    def apply(self, version: Version) -> Version:
        """Return the version with the change."""
        return version.with_mode(self.rule, self.mode)

    def narrows(self, policies: PolicySet) -> bool:
        """Return whether the rule reaches no more accounts than now."""
        rule = policies.rule(self.rule)
        return rule is not None and _felt(self.mode) <= _felt(rule.mode)

    def words(self) -> str:
        """Say it in a sentence."""
        return f"{self.rule} is {self.mode.show()}"


class SetText(msgspec.Struct, frozen=True, tag="text"):
    """Replaces the text of a policy file; `before` is the text that the change was made from."""

    file: str
    before: str
    text: str

    def apply(self, version: Version) -> Version:
        """Return the version with the change.

        Raises `NotNow` when the file was changed by somebody else meanwhile, `BadPolicy` with every fault.
        """
        contents = {text.name: text.content.replace("\r\n", "\n") for text in version.texts}
        if contents.get(self.file) != self.before:
            raise NotNow(f"{self.file} was changed by somebody else meanwhile; open it again and write the change anew")
        texts = tuple(Text(text.name, self.text) if text.name == self.file else text for text in version.texts)
        return version.with_texts(texts)

    def difference(self) -> list[str]:
        """Return what changes, line by line, as `diff -u` writes it."""
        before, after = self.before.splitlines(), self.text.splitlines()
        return list(unified_diff(before, after, "before", "proposed", lineterm="", n=2))

    def narrows(self, policies: PolicySet) -> bool:
        """Return false: it cannot be told from a text."""
        return False

    def words(self) -> str:
        """Say it in a sentence."""
        return f"{self.file} reads otherwise"


class SetTexts(msgspec.Struct, frozen=True, tag="texts"):
    """Replaces all policy files and parameters, as programs do."""

    version: Version

    def apply(self, version: Version) -> Version:
        """Return the version with the change."""
        return self.version

    def narrows(self, policies: PolicySet) -> bool:
        """Return false: it cannot be told from texts."""
        return False

    def words(self) -> str:
        """Say it in a sentence."""
        return f"other policy files: {', '.join(text.name for text in self.version.texts)}"


Change = SetParameter | SetMode | SetText | SetTexts


def change_of(row: sa.Row[Any]) -> Change:
    """Return the change in the row of a proposal."""
    change: Change = msgspec.convert(row.change, Change)
    return change


def _standing(adopted: list[str]) -> list[str]:
    """Return the versions that led to the one in force.

    Rolling back removes the last version, so that rolling back twice goes back by two.

    >>> _standing(["a", "b", "a"]), _standing(["a", "b", "c", "b"]), _standing(["a", "b", "b", "c"])
    (['a'], ['a', 'b'], ['a', 'b', 'c'])
    """
    path: list[str] = []
    for version in adopted:
        if len(path) > 1 and path[-2] == version:
            path.pop()
        elif not path or path[-1] != version:
            path.append(version)
    return path


def _felt(mode: Mode) -> tuple[int, float]:
    """Return a measure of how many accounts a rule in this mode reaches, for comparison.

    It reaches an account whose draw is below both shares (see `sequencer`).

    >>> _felt(Mode("shadow")) < _felt(Mode("canary", 0.05)) < _felt(Mode("live", hold_out=0.5)) < _felt(Mode("canary"))
    True
    """
    if mode.kind in ("off", "shadow"):
        return _STEP[mode.kind], 0.0
    return _STEP[mode.kind], min(mode.share if mode.kind == "canary" else 1.0, 1 - mode.hold_out)


def _only_narrowed(before: Version, now: Version, policies: PolicySet) -> bool:
    """Say whether two versions differ only in modes of rules, and each went back towards `off` or stayed."""
    if (before.texts, before.parameters) != (now.texts, now.parameters):
        return False
    modes = {str(rule.id): rule.mode for rule in before.policies().rules}
    return all(_felt(rule.mode) <= _felt(modes[str(rule.id)]) for rule in policies.rules)


def _joined(name: str, pairs: Sequence[set[str]]) -> set[str]:
    """Return everybody connected with somebody by pairs, directly or through others.

    >>> sorted(_joined("a", [{"c", "b"}, {"b", "a"}, {"d", "e"}]))
    ['a', 'b', 'c']
    """
    joined, more = {name}, {name}
    while more:
        more = {person for pair in pairs if pair & joined for person in pair} - joined
        joined |= more
    return joined


class Proposals:
    """Proposes, checks and adopts changes of the policies."""

    def __init__(self, writer: Writer, second_person: SecondPerson) -> None:
        """`second_person` is the setting that says whose widening changes wait for a second person."""
        self._writer = writer
        self.of_people, self.of_keys = second_person != "never", second_person == "always"

    def may_grant(self, scopes: Collection[str]) -> None:
        """Raises `NotYours` for the scopes of a key that could do alone what its creator may not."""
        if self.of_people and not self.of_keys and "policies" in scopes:
            raise NotYours(
                "a key that changes policies alone is made on the machine itself:"
                " `cartellino operators key NAME --scopes policies`"
            )

    def candidate(self, change: Change) -> Version:
        """Return the version that a change leads to, after checking it.

        The examples in files are run with the values of the files, without overridden parameters: an override that
        breaks an example must not block every later change of the file. Raises `BadPolicy` with every fault, `NotNow`
        when nothing would change, and the refusals of the change itself.
        """
        version = change.apply(self._current())
        loaded = version.policies()
        faults = run(version.as_written()) if isinstance(change, SetText | SetTexts) else []
        if faults:
            raise BadPolicy(faults)
        if loaded.version == self._writer.live.policies.version:
            raise NotNow("this is how it is already; nothing would change")
        return version

    def waits(self, change: Change, *, by_key: bool = False) -> bool:
        """Say whether a change waits for a second person; `by_key` means that a machine key makes it."""
        has_second = self.of_keys if by_key else self.of_people
        return has_second and not change.narrows(self._writer.live.policies)

    def at_once(self, change: Change, by: Actor, why: str, *, by_key: bool = False) -> Future[bool]:
        """Adopt a change that needs no second person; the result says whether it is in force already.

        Raises `NotNow` for a change that needs one.
        """
        base = self._writer.live.policies.version
        if self.waits(change, by_key=by_key):
            raise NotNow("this widens what the policies do: make it a proposal, and let somebody else agree")
        return self._carry_out(base, self.candidate(change), by, f"{change.words()}: {why}")

    def make(self, change: Change, by: Actor, why: str) -> Future[str]:
        """Propose a change, and return the proposal's id."""
        self.candidate(change)

        def work(unit: UnitOfWork) -> str:
            identity = new_name("p")
            record = {
                "proposal_id": identity, "change": msgspec.to_builtins(change), "words": change.words(), "why": why,
                "made_by": by, "made_at": unit.now, "base": unit.route.policies.version, "rehearsal": None,
                "state": "waiting", "settled_by": None, "settled_at": None, "settled_why": None,
            }  # fmt: skip
            unit.put(tables.proposals, record)
            unit.act(Record, why, what=f"proposed: {change.words()}", subject=identity)
            unit.send("policy.proposed", "", "", {"proposal_id": identity, "by": by, "what": change.words()})
            return identity

        return self._writer.do(work, by)

    def agree(self, identity: str, by: Actor, why: str) -> Future[bool]:
        """Agree to a proposal, which takes effect at once, or when it has caught up with the log.

        Raises `NotYours` for the person who made it, `NotNow` when it is closed or does not fit the current policies.
        """
        row = self.row(identity)
        self._must_be_another(row.made_by, by)
        base = self._writer.live.policies.version
        version = self.candidate(change_of(row))
        if row.rehearsal:
            version = msgspec.structs.replace(version, promised={**version.promised, **row.rehearsal["a_day"]})
        said = f"{row.words}: {row.why} (proposed by {shown(row.made_by)}; {why})"
        return self._carry_out(base, version, by, said, lambda unit: self._settle(unit, identity, "agreed", why))

    def keep_backtest(self, identity: str, backtest: dict[str, Any], by: Actor) -> Future[None]:
        """Store the result of a backtest with its proposal, unless there is one already."""
        proposals = tables.proposals.c
        update = sa.update(tables.proposals).where(proposals.proposal_id == identity, proposals.rehearsal.is_(None))
        return self._writer.do(lambda unit: unit.change(update.values(rehearsal=backtest)), by)

    def refuse(self, identity: str, by: Actor, why: str) -> Future[None]:
        """Refuse a proposal, or withdraw one's own."""
        return self._writer.do(lambda unit: self._settle(unit, identity, "refused", why), by)

    def roll_back(self, by: Actor, why: str, *, by_key: bool = False) -> Future[bool]:
        """Adopt the version before the one in force again.

        Raises `NotNow` when there is none, and when the last change only narrowed, so that going back would widen.
        """
        base, before = self._writer.live.policies.version, self.previous()
        if before is None:
            raise NotNow("these policies were the first; there is nothing to go back to")
        version = self._writer.versions.version(before)
        has_second = self.of_keys if by_key else self.of_people
        if has_second and _only_narrowed(version, self._current(), self._writer.live.policies):
            raise NotNow(
                "the last change narrowed what the policies do, so going back widens it:"
                " propose the rule's mode, and let somebody else agree"
            )
        return self._carry_out(base, version, by, f"rolled back: {why}")

    def previous(self) -> str | None:
        """Return the version that rolling back would adopt; `None` for the first version."""
        acts = tables.acts.c
        query = sa.select(acts.data).where(acts.kind == "Adopt").order_by(acts.number)
        with self._writer.database.begin() as rows:
            before = _standing([data["version"] for (data,) in rows.execute(query)])
        return before[-2] if len(before) > 1 else None

    def row(self, identity: str) -> sa.Row[Any]:
        """Return the row of a proposal.

        Raises `BadArgument` when there is none.
        """
        with self._writer.database.begin() as rows:
            query = sa.select(tables.proposals).where(tables.proposals.c.proposal_id == identity)
            row = rows.execute(query).one_or_none()
        if row is None:
            raise BadArgument(f"there is no proposal `{identity}`")
        return row

    def _must_be_another(self, made_by: str, by: str) -> None:
        """Raises `NotYours` if both could be one person, as somebody who sets a password can sign in with it."""
        if made_by == by:
            raise NotYours("you made this proposal; somebody else has to agree to it")
        with self._writer.database.begin() as rows:
            pairs = changed_by(rows, self._writer.clock.now() - ONE_PERSON)
        if made_by in _joined(by, pairs):
            hours = ONE_PERSON // HOUR
            raise NotYours(
                f"who set an operator's role or password counts as them for {hours} hours; ask somebody else"
            )

    def _current(self) -> Version:
        return self._writer.versions.version(self._writer.live.policies.version)

    def _carry_out(
        self, base: str, version: Version, by: Actor, why: str, also: Callable[[UnitOfWork], object] = lambda unit: None
    ) -> Future[bool]:
        """Adopt a version that was made from `base`, if that is still in force; `also` joins the unit of work."""
        if self._writer.is_succeeding:
            raise NotNow("other policies are catching up with the log; wait until they decide")

        def first(unit: UnitOfWork) -> None:
            if unit.route.policies.version != base:
                raise NotNow("the policies were changed meanwhile; look at them, and try again")
            also(unit)

        return self._writer.succeed(version, by, why, first)

    def _settle(self, unit: UnitOfWork, identity: str, state: str, why: str) -> None:
        query = sa.select(tables.proposals).where(tables.proposals.c.proposal_id == identity)
        row = next(iter(unit.read(query)), None)
        if row is None:
            raise BadArgument(f"there is no proposal `{identity}`")
        if row.state != "waiting":
            raise NotNow(f"this proposal was {row.state} by {shown(row.settled_by)} already")
        word = "withdrawn" if state == "refused" and unit.by == row.made_by else state
        settled = {"state": word, "settled_by": unit.by, "settled_at": unit.now, "settled_why": why}
        unit.change(sa.update(tables.proposals).where(tables.proposals.c.proposal_id == identity).values(**settled))
        unit.act(Record, why, what=f"{word}: {row.words}", subject=identity)
