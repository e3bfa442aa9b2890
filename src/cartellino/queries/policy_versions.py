"""All policy versions that ever decided, kept in the database so that any decision can be explained and replayed.

A version is made of the policy texts, parameters, and the modes of rules that were set apart from the texts, as when an
operator puts a rule back into shadow mode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import sqlalchemy as sa

from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.policies.read import read
from cartellino.policies.rule import Mode
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.diagnostics import Faults
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant


class Version(msgspec.Struct, frozen=True):
    """The source of a policy set: texts, overridden parameters and modes, and what each rule promises its brake."""

    texts: tuple[Text, ...]
    parameters: dict[str, float] = {}
    modes: dict[str, Mode] = {}
    promised: dict[str, float] = {}

    def policies(self) -> PolicySet:
        """Load the texts with their parameters and modes.

        Raises `BadPolicy` with every fault, `BadArgument` for the mode of an unknown rule.
        """
        loaded = load(list(self.texts), self.parameters)
        unknown = [rule for rule in self.modes if loaded.rule(rule) is None]
        if unknown:
            raise BadArgument(f"there is no rule `{unknown[0]}`")
        if not self.modes:
            return loaded
        rules = tuple(replace(rule, mode=self.modes.get(rule.id, rule.mode)) for rule in loaded.rules)
        return replace(loaded, rules=rules)

    def as_written(self, languages: Sequence[str] = ()) -> PolicySet:
        """Load the texts without overrides, as their examples assume.

        Raises `BadPolicy` with every fault, also where a file that declares no languages lacks one of `languages`.
        """
        return load(list(self.texts), languages=languages)

    def with_texts(self, texts: tuple[Text, ...]) -> Version:
        """Return the version with other texts.

        Overrides are dropped where the parameter or rule is gone, and where the new text changes a parameter itself.
        Raises `BadPolicy` with every fault.
        """
        changed = msgspec.structs.replace(self, texts=texts)
        before, after = self.as_written(), changed.as_written()
        return msgspec.structs.replace(
            changed,
            parameters={
                name: value
                for name, value in self.parameters.items()
                if name in after.parameters and after.parameters[name] == before.parameters.get(name)
            },
            modes={name: mode for name, mode in self.modes.items() if after.rule(name) is not None},
            promised={name: many for name, many in self.promised.items() if after.rule(name) is not None},
        )

    def with_mode(self, rule: str, mode: Mode) -> Version:
        """Return the version with a rule in another mode."""
        return msgspec.structs.replace(self, modes={**self.modes, rule: mode})

    def row(self, version: str, at: Instant, by: Actor, why: str) -> dict[str, Any]:
        """Return the version as a row of the table `policy_versions`."""
        columns = msgspec.to_builtins(self)
        return {"version": version, **columns, "added_at": at, "added_by": by, "why": why}


def adoptions(rows: Rows, many: int = 100) -> list[sa.Row[Any]]:
    """Return which versions were adopted when, by whom and why, the latest first."""
    acts = tables.acts.c
    version = acts.data["version"].as_string().label("version")
    query = sa.select(version, acts.at.label("added_at"), acts.by.label("added_by"), acts.why)
    return list(rows.execute(query.where(acts.kind == "Adopt").order_by(acts.number.desc()).limit(many)))


class Versions:
    """A cache of all versions, each loaded on first use."""

    def __init__(self, database: Database) -> None:
        """Start empty; versions are read from `database`."""
        self._database = database
        self._loaded: dict[str, tuple[Version, PolicySet]] = {}
        self._files: dict[str, dict[str, str]] = {}

    def load(self, version: Version) -> PolicySet:
        """Load a version that may not be in the database yet, and cache it."""
        policies = version.policies()
        self._loaded[policies.version] = (version, policies)
        return policies

    def policies(self, version: str) -> PolicySet:
        """Return the policies of a version."""
        return self._entry(version)[1]

    def promising(self, version: str) -> tuple[PolicySet, dict[str, float]]:
        """Return the policies of a version, and how many accounts a day each rule promises to act on."""
        made, policies = self._entry(version)
        return policies, made.promised

    def files(self, version: str) -> dict[str, str]:
        """Return the name of the policy file that each rule of a version is in, by the rule's id."""
        if version not in self._files:
            drafts = [(text.name, read(text, Faults())) for text in self.version(version).texts]
            self._files[version] = {
                f"{draft.policy}/{rule.name}": name
                for name, draft in drafts
                if draft is not None
                for rule in draft.rules
            }
        return self._files[version]

    def version(self, version: str) -> Version:
        """Return what a version is made of."""
        return self._entry(version)[0]

    def _entry(self, version: str) -> tuple[Version, PolicySet]:
        if version not in self._loaded:
            with self._database.begin() as rows:
                row = rows.execute(
                    sa.select(tables.policy_versions).where(tables.policy_versions.c.version == version)
                ).one_or_none()
            if row is None:
                raise BadArgument(f"there is no policy version `{version}`")
            columns = {name: getattr(row, name) for name in ("texts", "parameters", "modes", "promised")}
            made = msgspec.convert(columns, Version)
            self._loaded[version] = (made, made.policies())
        return self._loaded[version]


def first(texts: Sequence[Text], parameters: Mapping[str, float]) -> Version:
    """Return the version of a service that starts for the first time."""
    return Version(tuple(texts), dict(parameters))
