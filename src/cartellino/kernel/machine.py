"""The compiled functions of a plan: the fixed ones, a fold for each table, and one for each filter and each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import ModuleType, SimpleNamespace

from cartellino.kernel.compile import build, is_cached
from cartellino.kernel.folding import FoldWriter
from cartellino.kernel.native import (
    accounts,
    arrivals,
    counting,
    firings,
    hashing,
    index,
    known,
    letters,
    lines,
    panes,
    repeats,
    services,
    truths,
)
from cartellino.kernel.plan import Plan

Compiled = Callable[..., int]


@dataclass(frozen=True)
class Machine:
    """All functions of a plan; if not `native`, Python executes the same text."""

    plan: Plan
    native: bool = True

    def is_cached(self) -> bool:
        """Return whether all functions are in the cache of this machine."""
        return all(is_cached(*text) for text in self._texts())

    def _texts(self) -> Iterator[tuple[Sequence[ModuleType], str, Sequence[str]]]:
        """Yield the parts of every text, and those of its functions that Python calls, which are compiled last."""
        yield _CORE, "", ALWAYS
        for table in self.plan.tables.values():
            yield _FOLD, FoldWriter(self.plan, table).text(), ("fold",)
        yield from ((_RULES, part.function.text, ("passes",)) for part in self.plan.filters)
        yield from ((_RULES, function.text, ("rule",)) for function in self.plan.functions)

    @property
    def core(self) -> SimpleNamespace:
        """The functions that do not depend on the policies."""
        return core(native=self.native)

    @cached_property
    def folds(self) -> dict[str, Compiled]:
        """The fold of each table."""
        return {
            by: build(_FOLD, FoldWriter(self.plan, table).text(), native=self.native).fold
            for by, table in self.plan.tables.items()
        }

    @cached_property
    def filters(self) -> list[Compiled]:
        """The function of each filter."""
        return [build(_RULES, part.function.text, native=self.native).passes for part in self.plan.filters]

    @cached_property
    def rules(self) -> list[Compiled]:
        """The function of each rule."""
        return [build(_RULES, function.text, native=self.native).rule for function in self.plan.functions]


ALWAYS = ("find_all", "hash_texts", "join_codes", "note", "order", "rehash", "serve", "shards_of")
"""The functions of the core that Python calls for every policy set."""

_RULES = [panes, truths]
_FOLD = [hashing, index, panes, lines, repeats, truths, counting]
_CORE = [hashing, index, accounts, services, lines, letters, firings, known, arrivals]


@cache
def core(*, native: bool = True) -> SimpleNamespace:
    """Return the functions that do not depend on the policies, such as those for codes, indexes and accounts."""
    return build(_CORE, "", native=native)
