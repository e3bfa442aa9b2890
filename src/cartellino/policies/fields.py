"""Reads the fields of a mapping one by one; faults are added, and reading continues with a default.

>>> tree = parse(Text("p.yaml", "code: many"), faults := Faults())
>>> Fields(tree, "rule", faults).whole("code", required=True), faults[0].problem
(0, '`code` must be a whole number, not `many`')
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cartellino.policies.document import Branch, parse
from cartellino.vocabulary.diagnostics import Faults, Span, Text, did_you_mean
from cartellino.vocabulary.times import Duration, Instant, duration, instant

__all__ = ["Fields", "Text", "parse"]


class Fields:
    """The fields of one mapping."""

    def __init__(self, branch: Branch, what: str, faults: Faults) -> None:
        """`what` names the mapping in messages; a branch that is not a mapping is a fault."""
        self.what = what
        self.branch = branch
        self.faults = faults
        self.branches: dict[str, Branch] = branch.value if isinstance(branch.value, dict) else {}
        if not isinstance(branch.value, dict):
            self.fault("wrong-field", f"a {what} must be a mapping of fields", branch.span)

    def fault(self, code: str, problem: str, span: Span, hint: str = "") -> None:
        """Add a fault."""
        self.faults.add(code, problem, span, hint)

    def only(self, known: Collection[str]) -> None:
        """Add a fault for every field that is not one of the known ones."""
        for name, branch in self.branches.items():
            if name not in known:
                span = branch.key or branch.span
                self.fault("unknown-field", f"a {self.what} has no field `{name}`", span, did_you_mean(name, known))

    def branch_of(self, name: str, *, required: bool = False) -> Branch | None:
        """Return the branch of a field, `None` if it is missing."""
        branch = self.branches.get(name)
        if branch is None or branch.value is None:
            if required and isinstance(self.branch.value, dict):
                self.fault("missing-field", f"the {self.what} has no `{name}`", self.branch.key or self.branch.span)
            return None
        return branch

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        """Return a field that is a text; a number is returned as it was written."""
        branch = self.branch_of(name, required=required)
        if branch is None:
            return default
        if isinstance(branch.value, dict | list):
            self.fault("wrong-field", f"`{name}` must be a text", branch.span)
            return default
        return branch.written

    def whole(self, name: str, default: int = 0, *, required: bool = False) -> int:
        """Return a field that is a whole number."""
        branch = self.branch_of(name, required=required)
        if branch is None:
            return default
        if isinstance(branch.value, bool) or not isinstance(branch.value, int):
            self.fault("wrong-field", f"`{name}` must be a whole number, not `{branch.written}`", branch.span)
            return default
        return branch.value

    def flag(self, name: str) -> bool:
        """Return a field that is true or false; false if it is missing."""
        branch = self.branch_of(name)
        if branch is not None and not isinstance(branch.value, bool):
            self.fault("wrong-field", f"`{name}` must be true or false", branch.span)
        return branch is not None and branch.value is True

    def one_of(self, name: str, known: Collection[str], default: str = "", *, hint: str = "") -> str:
        """Return a field that is one of the known words; without a `hint`, a fault suggests the nearest of them."""
        branch = self.branch_of(name)
        word = self.text(name, default)
        if branch is None or isinstance(branch.value, dict | list) or word in known:
            return word
        problem = f"`{name}` cannot be `{word}`" if word else f"`{name}` is empty"
        self.fault("wrong-field", problem, branch.span, hint or did_you_mean(word, known))
        return default

    def duration(self, name: str, default: Duration) -> Duration:
        """Return a field that is a duration, in ms."""
        branch = self.branch_of(name)
        lasting = None if branch is None else self.lasting(name, branch)
        return default if lasting is None else lasting

    def lasting(self, name: str, branch: Branch) -> Duration | None:
        """Return a duration in ms, `None` if it is not one; `name` is its name in messages."""
        if isinstance(branch.value, dict | list) or branch.value is None:
            self.fault("wrong-duration", f"`{name}` must be a duration such as 24h", branch.span)
            return None
        try:
            return duration(branch.written)
        except ValueError as error:
            self.fault("wrong-duration", str(error), branch.span)
            return None

    def instant(self, name: str, default: Instant) -> Instant:
        """Return a field that is a date (its first moment in UTC) or an instant."""
        branch = self.branch_of(name)
        if branch is None:
            return default
        try:
            return instant(branch.written if len(branch.written) > 10 else f"{branch.written}T00:00:00Z")
        except ValueError:
            self.fault("wrong-field", f"`{name}` must be a date such as 2026-01-15", branch.span)
            return default

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a field that is a list of texts."""
        branches = list(self.items(name))
        for branch in branches:
            if isinstance(branch.value, dict | list):
                self.fault("wrong-field", f"`{name}` must hold plain texts", branch.span)
        return tuple(branch.written for branch in branches if not isinstance(branch.value, dict | list))

    def items(self, name: str) -> Iterator[Branch]:
        """Yield the items of a field that is a list."""
        branch = self.branch_of(name)
        if branch is not None and not isinstance(branch.value, list):
            self.fault("wrong-field", f"`{name}` must be a list", branch.span)
        if branch is not None and isinstance(branch.value, list):
            yield from branch.value

    def entries(self, name: str) -> Iterator[tuple[str, Branch]]:
        """Yield the names and values of a field that is a mapping."""
        branch = self.branch_of(name)
        if branch is not None and not isinstance(branch.value, dict):
            self.fault("wrong-field", f"`{name}` must be a mapping", branch.span)
        if branch is not None and isinstance(branch.value, dict):
            yield from branch.value.items()
