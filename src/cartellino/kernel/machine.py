"""The compiled functions: the fold, the programs of rules and filters, and the rest. They fit any policies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from types import SimpleNamespace

from cartellino.kernel.compile import build, is_cached
from cartellino.kernel.native import (
    accounts,
    arrivals,
    counting,
    firings,
    fold,
    hashing,
    index,
    known,
    letters,
    lines,
    numbering,
    panes,
    programs,
    repeats,
    rows,
    services,
    steps,
    taking_back,
    truths,
)

Compiled = Callable[..., int]


@dataclass(frozen=True)
class Machine:
    """All functions; if not `native`, Python executes the same text."""

    native: bool = True

    def is_cached(self) -> bool:
        """Return whether all functions are in the cache of this machine."""
        parts = is_cached(_FOLD, ["fold"], ["fold"]) and is_cached(_PROGRAMS, ["judge"], ["judge"])
        return parts and is_cached(_CORE, ALWAYS)

    @property
    def core(self) -> SimpleNamespace:
        """The functions that do not depend on the policies."""
        return core(native=self.native)

    @cached_property
    def fold(self) -> Compiled:
        """The fold, which is the same for every table and policy."""
        function: Compiled = build(_FOLD, only=["fold"], native=self.native).fold
        return function

    @cached_property
    def judge(self) -> Compiled:
        """The function that executes the programs of rules and filters."""
        function: Compiled = build(_PROGRAMS, only=["judge"], native=self.native).judge
        return function


ALWAYS = ("find_all", "hash_texts", "join_codes", "note", "order", "rehash", "serve", "shards_of")
"""The functions of the core that Python calls for every policy set."""

_PROGRAMS = [panes, truths, rows, programs]
_FOLD = [hashing, index, panes, lines, repeats, truths, rows, counting, steps, taking_back, fold]
_CORE = [hashing, index, accounts, services, lines, letters, firings, known, arrivals, numbering]


@cache
def core(*, native: bool = True) -> SimpleNamespace:
    """Return the functions that do not depend on the policies, such as those for codes, indexes and accounts."""
    return build(_CORE, native=native)
