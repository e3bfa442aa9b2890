"""Ahead-of-time compilation: records the calls of functions on a sample, and compiles a function for one call.

Functions are compiled for the types of their arguments. Python therefore executes a machine on a sample, and every call
is recorded; then each function can be compiled by itself, also in another process.

>>> from cartellino.kernel.sample import sample
>>> from cartellino.policies.load import Text, load
>>> policies = load([Text("p.yaml", '''
... policy: p
... rules:
...   busy: {when: 'count(message_sent, over="1h") > 2', code: 1, action: review, reason: {en: "Busy."}}
... ''')])
>>> engine = Engine(policies, geometry=SMALL, native=False)
>>> machine = noting(engine)
>>> _ = engine.judge(sample(), 1)
>>> [(call.part, call.name) for call in machine.calls if call.part != "core"]
[('fold', 'fold'), ('judge', 'judge')]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple

from cartellino.kernel.engine import Engine
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.machine import Compiled, Machine

SMALL = Geometry(lines=64)
"""For an engine that only processes a sample."""


class Call(NamedTuple):
    """A function of a machine, and Numba's types of its arguments."""

    part: str
    name: str
    types: tuple[Any, ...]


@dataclass(frozen=True)
class Noting(Machine):
    """A machine in plain Python that records the calls of its functions."""

    calls: dict[Call, None] = field(default_factory=dict)

    @cached_property
    def core(self) -> SimpleNamespace:
        """The functions that do not depend on the policies."""
        plain = vars(super().core)
        functions = {name: function for name, function in plain.items() if isinstance(function, FunctionType)}
        return SimpleNamespace(
            **plain | {name: self._noted("core", name, function) for name, function in functions.items()}
        )

    @cached_property
    def fold(self) -> Compiled:
        """The fold of every table."""
        return self._noted("fold", "fold", super().fold)

    @cached_property
    def judge(self) -> Compiled:
        """The function that executes the programs of rules and filters."""
        return self._noted("judge", "judge", super().judge)

    def _noted(self, part: str, name: str, function: Compiled) -> Compiled:
        from numba import typeof

        def call(*given: Any) -> int:
            self.calls.setdefault(Call(part, name, tuple(map(typeof, given))))
            return function(*given)

        return call


def noting(engine: Engine) -> Noting:
    """Make an engine that runs in plain Python record its calls, and return its new machine."""
    machine = Noting(native=False)
    engine.run_on(machine)
    return machine


def compile_call(machine: Machine, call: Call) -> None:
    """Compile a function for the types of a call, unless it is in the cache."""
    part: Any = getattr(machine, call.part)
    function: Any = getattr(part, call.name) if call.part == "core" else part
    function.compile(call.types)
